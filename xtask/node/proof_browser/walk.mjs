// Opens entries of a log and watches how the page's script checks their proofs: `node --experimental-websocket walk.mjs CHROMIUM
// BASE COOKIE LOG ENTRIES`, where LOG is a path as `/evidence/first` and ENTRIES their number. Prints a line a step; fails where a
// step does.
import { drive } from "../browser.mjs";

const [log, entries] = [process.argv[5], Number(process.argv[6])];
const said = (outcome) => `(() => {
  const place = document.querySelector("[data-proof]");
  return place.dataset.outcome === "${outcome}" && place.textContent === place.dataset.${outcome} && place.offsetHeight > 0
    && place.getAttribute("role") === "status" && place.classList.contains("bad") === ${outcome === "wrong"};
})()`;

// The refusal's own status is what a browser calls an error.
await drive({ tries: 100, status: "404" }, async ({ evaluate, until, open }) => {
  // Has the script check once more after `change`, on a page as it came.
  const after = async (what, change, outcome) => {
    await open(`${log}/1`);
    await until("opened", said("holds"));
    await evaluate(`{
      const place = document.querySelector("[data-proof]");
      delete place.dataset.outcome;
      place.replaceChildren();
      const answers = (change) => {
        const real = window.fetch;
        window.fetch = async (path, how) => {
          const answer = await real(path, how);
          const bytes = new Uint8Array(await answer.arrayBuffer());
          return new Response(change(path, bytes) ?? bytes, { status: answer.status });
        };
      };
      const proof = (change) => answers((path, bytes) => path.endsWith("/proof") && change(new TextDecoder().decode(bytes)));
      ${change};
      const script = document.createElement("script");
      script.src = document.querySelector("script[src^='/script/proof']").src;
      document.head.append(script);
    }`);
    await until(what, said(outcome));
  };

  for (const index of new Set([0, 1, Math.floor(entries / 2), entries - 1])) {
    await open(`${log}/${index}`);
    await until(`entry ${index} holds`, said("holds"));
  }
  await after("another entry's bytes are found out", `place.dataset.entry = "${log}/0/entry"`, "wrong");
  await after("a flipped bit of the entry is found out",
    `answers((path, bytes) => { if (path.endsWith("/entry")) bytes[9] ^= 1; })`, "wrong");
  await after("another entry's proof is found out", `place.dataset.proof = "${log}/0/proof"`, "wrong");
  await after("a hash less is found out",
    `proof((text) => { const lines = text.split("\\n"); lines.splice(3, 1); return lines.join("\\n"); })`, "wrong");
  await after("a hash more is found out",
    `proof((text) => { const lines = text.split("\\n"); lines.splice(3, 0, lines[2]); return lines.join("\\n"); })`, "wrong");
  await after("another root is found out", `place.dataset.root = "A" + place.dataset.root.slice(1) + "="`, "wrong");
  await after("another size is found out", `proof((text) => text.replace("\\n${entries}\\n", "\\n${entries + 1}\\n"))`, "wrong");
  await after("another signature is found out",
    `proof((text) => text.trimEnd().replace(/.{8}$/, (end) => (end.startsWith("A") ? "B" : "A") + end.slice(1)) + "\\n")`, "wrong");
  await after("no signature is found out", `proof((text) => text.slice(0, text.lastIndexOf("\\u2014")))`, "wrong");
  await after("another key is found out", `{
    const [name, id, ...key] = place.dataset.key.split("+");
    place.dataset.key = [name, id, key.join("+").replace(/^(..)./, (all, two) => two + (all[2] === "A" ? "B" : "A"))].join("+");
  }`, "wrong");
  await after("another site's name is found out", `place.dataset.key = "x" + place.dataset.key`, "wrong");
  await after("rubbish is found out", `proof(() => "rubbish")`, "wrong");
  await after("a file that does not come is said", `place.dataset.entry = "${log}/x/entry"`, "away");
  await after("a browser without Ed25519 says so",
    `crypto.subtle.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"))`, "unsigned");
  await after("an open connection is said", `Object.defineProperty(window, "crypto", { value: {} })`, "unable");
});
