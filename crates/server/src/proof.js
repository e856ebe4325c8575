"use strict";
// The proof of an entry, checked by the reader's own browser: from the entry's bytes to the root, and the signature under it.
// Forms: C2SP tlog-proof, tlog-checkpoint and signed-note; the walk to the root: RFC 9162, section 2.1.3.2.
(() => {
  const place = document.querySelector("[data-proof]");
  if (!place) return;
  const subtle = window.crypto?.subtle;
  const said = place.dataset;

  const letters = (text) => new TextEncoder().encode(text);
  const plain = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const sha256 = async (...parts) => new Uint8Array(await subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));

  // The root that the siblings lead to; null where their number is not the one that the place asks for.
  const rootOf = async (entry, index, size, siblings) => {
    if (index >= size) return null;
    let [node, last] = [index, size - 1n];
    let value = await sha256(Uint8Array.of(0), entry);
    for (const sibling of siblings) {
      if (last === 0n) return null;
      if (node & 1n || node === last) {
        value = await sha256(Uint8Array.of(1), sibling, value);
        while (node && !(node & 1n)) [node, last] = [node >> 1n, last >> 1n];
      } else {
        value = await sha256(Uint8Array.of(1), value, sibling);
      }
      [node, last] = [node >> 1n, last >> 1n];
    }
    return last === 0n ? base64(value) : null;
  };

  // Whether the text is signed with the key (name+hash+base64); undefined where the browser knows no Ed25519.
  const isSigned = async (text, signatures, verifier) => {
    const [name, id, ...rest] = verifier.split("+");
    const raw = plain(rest.join("+"));
    if (raw[0] !== 1 || hex((await sha256(letters(`${name}\n`), raw)).slice(0, 4)) !== id) return false;
    let key;
    try {
      key = await subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError") return undefined;
      throw error;
    }
    for (const line of signatures.split("\n")) {
      const [mark, who, blob] = line.split(" ");
      if (mark !== "\u2014" || who !== name || !blob) continue;
      const signature = plain(blob);
      if (hex(signature.slice(0, 4)) !== id) continue;
      if (await subtle.verify("Ed25519", key, signature.slice(4), letters(text))) return text.startsWith(`${name}\n`);
    }
    return false;
  };

  const check = async (entry, proof) => {
    const [head, ...parts] = proof.split("\n\n");
    const [form, index, ...siblings] = head.split("\n").filter((line) => !line.startsWith("extra "));
    const [text, signatures] = [`${parts[0]}\n`, parts.slice(1).join("\n\n")];
    const [, size, root] = text.split("\n");
    const digest = hex(await sha256(entry));
    const computed = await rootOf(entry, BigInt(said.index), BigInt(size), siblings.map(plain));
    const leads = form === "c2sp.org/tlog-proof@v1" && index === `index ${said.index}` && said.digest.endsWith(digest)
      && computed === root && root === said.root;
    if (!leads) return "wrong";
    const signed = await isSigned(text, signatures, said.key);
    return signed === undefined ? "unsigned" : signed ? "holds" : "wrong";
  };

  const fetched = async (path) => {
    const answer = await fetch(path, { cache: "no-cache", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  };

  const run = async () => {
    if (!subtle) return "unable";
    let files;
    try {
      files = await Promise.all([fetched(said.entry), fetched(said.proof)]);
    } catch {
      return "away";
    }
    try {
      return await check(files[0], new TextDecoder().decode(files[1]));
    } catch {
      // What cannot be read proves nothing.
      return "wrong";
    }
  };

  run().then((outcome) => {
    place.classList.add("notice");
    place.classList.toggle("bad", outcome === "wrong");
    place.dataset.outcome = outcome;
    place.textContent = said[outcome];
  });
})();
