"use strict";
// Forms with `data-passkey`: asks the browser for a passkey and sends what it gives with the form.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0))))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const sign = async (form) => {
    const publicKey = {
      challenge: bytes(form.elements.challenge.value), rpId: form.dataset.site, userVerification: "required",
    };
    const made = await navigator.credentials.get({ publicKey });
    return {
      credential: text(made.rawId), client_data: text(made.response.clientDataJSON),
      authenticator_data: text(made.response.authenticatorData), signature: text(made.response.signature),
      handle: text(made.response.userHandle),
    };
  };

  const add = async (form) => {
    const known = form.dataset.known ? form.dataset.known.split(" ") : [];
    const publicKey = {
      challenge: bytes(form.elements.challenge.value),
      rp: { id: form.dataset.site, name: form.dataset.siteName },
      user: { id: bytes(form.dataset.handle), name: form.dataset.person, displayName: form.dataset.person },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
      excludeCredentials: known.map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    };
    const made = await navigator.credentials.create({ publicKey });
    return { client_data: text(made.response.clientDataJSON), attestation: text(made.response.attestationObject) };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[role=status]");
    if (!window.PublicKeyCredential) {
      said.textContent = said.dataset.unsupported;
      form.querySelector("button").disabled = true;
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.textContent = "";
      try {
        const given = await (form.dataset.passkey === "add" ? add(form) : sign(form));
        for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
        form.submit();
      } catch {
        said.textContent = said.dataset.failed;
      }
    });
  }
})();
