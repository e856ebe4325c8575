// Holds a conversation with a real browser: `node --experimental-websocket walk.mjs CHROMIUM BASE COOKIE BATTLE`, where the
// cookie is a session's and BATTLE the path of a battle with nothing asked. Asks twice, reloads midway, votes. Prints a line a
// step; fails where a step does.
import { drive } from "../browser.mjs";

const battle = process.argv[5];

// While the first page's stream is being given back, the second is told to wait: the browser calls that an error.
await drive({ tries: 200, status: "409" }, async ({ ask, evaluate, until, open, click }) => {
  const say = (prompt) => evaluate(
    `document.querySelector("#prompt").value = ${JSON.stringify(prompt)}; document.querySelector("form.ask button").click()`);
  const shown = "[...document.querySelectorAll('[data-side]')].map((column) => column.textContent.length)";
  // On a page without such columns the least of their lengths would be Infinity.
  const isWritten = `${shown}.length === 2 && Math.min(...${shown}) > 0`;
  const isDone = "!!document.querySelector('button[name=choice]') && !document.querySelector('[data-stream]')";
  await open(battle);
  await say("<b>first</b>");
  await until("both answers grow", isWritten);
  await until("the reader is told", "document.querySelector('[data-stream] [data-said]').textContent.length > 0");
  await until("nothing of an answer is markup", "document.querySelectorAll('[data-side] *').length === 0");
  await until("the finished page came without a reload", isDone);
  await until("that it is done is said", "document.querySelector('[data-said]').textContent.length > 0");
  await until("the focus is at the turn", "document.activeElement.matches('[data-here]')");
  await say("second");
  await until("the second turn is written", isWritten);
  await ask("Page.reload");
  const isWhole = `${isDone} && document.querySelectorAll("article.answer").length === 4`;
  await until("a reload goes on", `${isWritten} || ${isWhole}`);
  await until("both turns stand there", isWhole);
  await click("button[name=choice][value=tie]");
  await until("voted", "!!document.querySelector('main .notice[role=status] + .actions, main .notice[role=status]')");
});
