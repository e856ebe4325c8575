// A real browser that is driven over its debugging protocol, for the walks beside this file.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Starts the browser that the first argument names, signed in at the second by the session's cookie that is the third, and
// takes `walk` through the site. What a step waits for is looked for `tries` times, a tenth of a second apart. Fails where the
// walk does, and where the browser reports an error other than of `status`.
export async function drive({ tries, status }, walk) {
  const [chromium, base, cookie] = process.argv.slice(2);
  const profile = mkdtempSync(join(tmpdir(), "daepyo-browser-"));
  const words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--no-proxy-server", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  const browser = spawn(chromium, words, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = () => { browser.kill("SIGKILL"); try { rmSync(profile, { recursive: true, force: true }); } catch {} };
  const patience = setTimeout(() => { console.error("no end in time"); ended(); process.exit(1); }, 90_000);

  const address = await new Promise((found, failed) => {
    let said = "";
    browser.stderr.on("data", (chunk) => {
      said += chunk;
      const match = said.match(/ws:\/\/\S+/);
      if (match) found(match[0]);
    });
    browser.on("exit", () => failed(new Error(`the browser ended: ${said}`)));
  });

  const socket = new WebSocket(address);
  await new Promise((open) => socket.addEventListener("open", open, { once: true }));
  let number = 0;
  const waiting = new Map();
  const faults = [];
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.id) {
      const { found, failed } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) failed(new Error(JSON.stringify(message.error)));
      else found(message.result);
    }
    // What the policy of the page forbids, and what the script throws.
    if (message.method === "Log.entryAdded" && message.params.entry.level === "error") faults.push(message.params.entry.text);
    if (message.method === "Runtime.exceptionThrown") faults.push(JSON.stringify(message.params.exceptionDetails));
  });
  let session;
  const ask = (method, params = {}) => new Promise((found, failed) => {
    number += 1;
    waiting.set(number, { found, failed });
    socket.send(JSON.stringify({ id: number, method, params, sessionId: session }));
  });

  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  session = (await ask("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Network", "Log"]) await ask(`${domain}.enable`);
  const evaluate = async (expression) => {
    const answer = await ask("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
    return answer.result.value;
  };
  const until = async (what, expression) => {
    for (let tried = 0; tried < tries; tried += 1) {
      // While a page is left, nothing can be evaluated.
      if (await evaluate(expression).catch(() => false)) return console.log(what);
      await new Promise((later) => setTimeout(later, 100));
    }
    const text = await evaluate("location.href + '\\n' + document.body.innerText").catch(String);
    throw new Error(`${what}: not so\n${text}\n${faults.join("\n")}`);
  };
  const open = async (path) => {
    await ask("Page.navigate", { url: base + path });
    await until(`opened ${path}`, `location.pathname === ${JSON.stringify(path)} && document.readyState === "complete"`);
  };
  const click = (selector) => evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);

  try {
    await ask("Network.setCookie", { name: "daepyo", value: cookie, url: base, httpOnly: true, sameSite: "Lax" });
    await walk({ ask, evaluate, until, open, click });
    const others = faults.filter((fault) => !fault.includes(status));
    if (others.length) throw new Error(others.join("\n"));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    clearTimeout(patience);
    socket.close();
    ended();
  }
}
