// Walks the site with a real browser and its virtual authenticator: `node --experimental-websocket walk.mjs CHROMIUM BASE
// COOKIE`, where the cookie is a session's. Adds a passkey, signs out, signs in with it, removes it. Prints a line a step;
// fails where a step does.
import { drive } from "../browser.mjs";

// The refusal's own status is what a browser calls an error.
await drive({ tries: 100, status: "422" }, async ({ ask, until, open, click }) => {
  await ask("WebAuthn.enable");
  const { authenticatorId } = await ask("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true },
  });
  const credentials = async () => (await ask("WebAuthn.getCredentials", { authenticatorId })).credentials;
  await open("/me");
  await click("form[data-passkey=add] button");
  await until("added", `document.querySelectorAll("form[action='/me/passkeys/remove']").length === 1`);
  const [kept] = await credentials();
  if (!kept?.isResidentCredential || !kept.userHandle) throw new Error("the passkey is not discoverable");
  await click("form[action='/sign-out'] button");
  await until("signed out", `location.pathname === "/" && !document.querySelector("form[action='/sign-out']")`);
  await open("/sign-in");
  await click("form[data-passkey=get] button");
  await until("signed in", `location.pathname === "/" && !!document.querySelector("form[action='/sign-out']")`);
  await open("/me");
  // The browser itself refuses a second passkey on one device.
  await click("form[data-passkey=add] button");
  await until("not added twice", `!!document.querySelector("form[data-passkey=add] [role=status]").textContent`);
  await click("form[action='/me/passkeys/remove'] button");
  await until("removed", `location.pathname === "/me" && !document.querySelector("form[action='/me/passkeys/remove']")`);
  await click("form[action='/sign-out'] button");
  await until("signed out again", `location.pathname === "/"`);
  await open("/sign-in");
  await click("form[data-passkey=get] button");
  await until("refused", `location.pathname === "/sign-in/passkey" && !!document.querySelector("[role=alert]")`);
});
