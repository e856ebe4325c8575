// A real identity provider on loopback: `node server.mjs ISSUER SITE ALGORITHM`. Its pages ask for any name and any
// password; it is for tests.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [issuer, site, algorithm] = process.argv.slice(2);
const kinds = {
  RS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  EdDSA: ["ed25519", {}],
};
const made = (name) => {
  const [kind, options] = kinds[name];
  return { ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), use: "sig", alg: name };
};
// RS256 is the provider's own default and must be among its keys.
const names = algorithm === "RS256" ? ["RS256"] : ["RS256", algorithm];

const provider = new Provider(issuer, {
  clients: [{
    client_id: "daepyo",
    client_secret: "a secret: of + the test",
    redirect_uris: [`${site}/sign-in/oidc/real/callback`],
    post_logout_redirect_uris: [`${site}/signed-out`],
    response_types: ["code"],
    grant_types: ["authorization_code"],
    id_token_signed_response_alg: algorithm,
  }],
  jwks: { keys: names.map(made) },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
  pkce: { required: () => true },
  cookies: { keys: ["a key of the test"] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
});
const { hostname, port } = new URL(issuer);
provider.listen(Number(port), hostname);
