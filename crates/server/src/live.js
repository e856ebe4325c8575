"use strict";
// A turn with `data-stream`: shows both answers while they are written, as text and never as markup, then takes the finished
// page's main part in the place of its own.
(() => {
  const TRIES = 20;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // The page as the server draws it now; what happened is said once it stands there.
  const redraw = async (said) => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = drawn.querySelector("main");
    if (!answer.ok || !fresh) return location.reload();
    const main = document.querySelector("main");
    main.replaceChildren(...fresh.childNodes);
    document.title = drawn.title;
    main.querySelector("[data-here]")?.focus();
    await wait(100);
    const status = main.querySelector("[data-said]");
    if (status) status.textContent = said;
  };

  // Reads events until one of them ends the turn; gives that one.
  const read = async (body, take) => {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let held = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      held += decoder.decode(value, { stream: true });
      for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
        const lines = held.slice(0, end).split("\n");
        held = held.slice(end + 2);
        const field = (name) => lines.find((line) => line.startsWith(name))?.slice(name.length);
        const name = field("event: ");
        if (!name) continue;
        const data = JSON.parse(field("data: "));
        if (name === "done" || name === "over" || name === "again") return { name, said: data.said };
        take(name, data);
      }
    }
  };

  const hold = async (turn) => {
    const status = turn.querySelector("[data-said]");
    const again = turn.querySelector("[data-again]");
    const say = (said) => { if (status.textContent !== said) status.textContent = said; };
    const columns = {};
    for (const column of turn.querySelectorAll("[data-side]")) columns[column.dataset.side] = column;
    const take = (name, data) => {
      if (name === "text") columns[data.side].append(data.text);
      else if (data.said) say(data.said);
    };
    const broken = (said) => {
      say(said);
      again.hidden = false;
    };
    again.hidden = true;
    for (let tries = 0; tries < TRIES; tries += 1) {
      for (const column of Object.values(columns)) column.replaceChildren();
      let answer;
      let ending;
      try {
        answer = await fetch(turn.dataset.stream, { method: "POST", headers: { "x-csrf": turn.querySelector("[name=csrf]").value } });
        if (answer.ok) ending = await read(answer.body, take);
      } catch {
        return broken(turn.dataset.broken);
      }
      if (ending && ending.name !== "again") return redraw(ending.said);
      if (answer.ok && !ending) return broken(turn.dataset.broken);
      let seconds = 3;
      if (ending) {
        say(ending.said);
      } else {
        const problem = await answer.json().catch(() => ({}));
        const later = answer.headers.get("retry-after");
        // Answered or ended elsewhere: the page tells.
        if (problem.code === "contest::not_open") return redraw("");
        if (!later) return broken([problem.title ?? turn.dataset.broken, problem.detail ?? ""].join(" ").trim());
        say(problem.title);
        seconds = Math.min(Number(later) || 3, 30);
      }
      await wait(seconds * 1000);
    }
    return broken(turn.dataset.broken);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-again]");
    if (button) hold(button.closest("[data-stream]"));
  });
  const turn = document.querySelector("[data-stream]");
  if (turn) hold(turn);
})();
