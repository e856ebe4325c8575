// Pages that move: what carries `data-live` is fetched anew when the site has news of it, and now and then.
(() => {
  "use strict";
  const marked = () => [...document.querySelectorAll("[data-live][id]")];
  const parts = marked();
  if (parts.length === 0) return;
  const topics = new Set(parts.flatMap((part) => part.dataset.live.split(" ").filter(Boolean)));
  const seconds = Math.min(...parts.map((part) => Number(part.dataset.liveEvery) || 60));
  let source = null;
  let soon = 0;
  let isAsking = false;
  let isLate = false;

  // Nothing is taken away from under somebody's keyboard or selection.
  const isBusy = (part) => {
    const chosen = document.getSelection();
    return part.contains(document.activeElement) || (chosen && !chosen.isCollapsed && chosen.containsNode(part, true));
  };

  const look = async () => {
    soon = 0;
    if (document.hidden || isAsking) {
      isLate = true;
      return;
    }
    isAsking = true;
    isLate = false;
    try {
      const page = location.pathname + location.search;
      const answer = await fetch(page, { headers: { accept: "text/html" }, cache: "no-cache", redirect: "error" });
      if (!answer.ok || !(answer.headers.get("content-type") || "").startsWith("text/html")) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of marked()) {
        const next = fresh.getElementById(part.id);
        if (!next) continue;
        // What somebody has opened stays open.
        const opened = part.querySelectorAll("details");
        next.querySelectorAll("details").forEach((one, place) => {
          if (opened[place]) one.open = opened[place].open;
        });
        if (next.innerHTML === part.innerHTML) continue;
        if (isBusy(part)) isLate = true;
        else part.replaceChildren(...next.childNodes);
      }
    } catch {
      // Away for the moment: the next look tries again.
    } finally {
      isAsking = false;
    }
  };

  // Readers do not all come at once.
  const hear = (event) => {
    if (event.data.split(" ").some((topic) => topics.has(topic)) && soon === 0) {
      soon = setTimeout(look, Math.random() * 1500);
    }
  };

  // A hidden page holds no connection: a browser has few of them for one site.
  const connect = () => {
    if (document.hidden || topics.size === 0 || !window.EventSource) {
      if (source) source.close();
      source = null;
    } else if (!source || source.readyState === EventSource.CLOSED) {
      source = new EventSource("/live");
      source.addEventListener("news", hear);
    }
  };

  document.addEventListener("visibilitychange", () => {
    connect();
    if (!document.hidden) look();
  });
  document.addEventListener("focusout", () => isLate && setTimeout(look, 1000));
  addEventListener("pagehide", () => source && source.close());
  setInterval(() => {
    connect();
    look();
  }, seconds * 1000);
  connect();
})();
