// Keys, menus, dialogs and the guard against sending twice: everything here is an extra, each page works without it.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const visible = (element) => element.getClientRects().length > 0;
  const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]");

  // On a phone what can wait is one line until somebody taps it; a wide screen, and a browser without scripts, has it open.
  const narrow = window.matchMedia("(max-width: 40rem)");
  const opened = new Set();
  const lay = (holder, open) => {
    one(".unfold", holder)?.setAttribute("aria-expanded", open);
    one("[data-body]", holder).hidden = !open;
    if (open) opened.add(holder.id); else opened.delete(holder.id);
  };
  const fold = () => all("[data-later]").forEach((holder) => {
    const button = one("[data-title] > .unfold", holder);
    const mine = button?.closest("[data-later]") === holder;
    if (narrow.matches && !mine) {
      const made = document.createElement("button");
      made.type = "button"; made.className = "unfold";
      const words = made.appendChild(document.createElement("span"));
      words.append(...one("[data-title]", holder).childNodes);
      one("[data-title]", holder).append(made);
      made.addEventListener("click", () => lay(holder, made.getAttribute("aria-expanded") === "false"));
      lay(holder, opened.has(holder.id));
    } else if (!narrow.matches && mine) {
      button.replaceWith(...button.firstElementChild.childNodes);
      one("[data-body]", holder).hidden = false;
    }
  });
  const reveal = (address) => {
    const holder = address.length > 1 && document.getElementById(address.slice(1));
    if (holder && holder.matches("[data-later]") && narrow.matches) lay(holder, true);
  };
  fold(); reveal(location.hash);
  narrow.addEventListener("change", fold);
  window.addEventListener("hashchange", () => reveal(location.hash));
  document.addEventListener("htmx:oobAfterSwap", fold);
  document.addEventListener("htmx:afterSettle", fold);

  // The work list: one row is in hand, marked aria-current; its first link takes the focus.
  const rows = () => all("[data-row]").filter(visible);
  const hand = () => one("[data-row][aria-current]");
  const take = (row) => {
    all("[data-row][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    one("[data-open]", row)?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const here = list.indexOf(document.activeElement?.closest("[data-row]") ?? hand());
    const started = document.activeElement?.closest("[data-row]");
    take(list[started ? Math.min(Math.max(here + by, 0), list.length - 1) : Math.max(here, 0)]);
  };
  const press = (element) => element && (element.click(), true);

  const keys = {
    "/": () => { const box = all("[data-search]").find(visible); box?.focus(); box?.select(); return box; },
    j: () => step(1), k: () => step(-1),
    o: () => press(hand() && one("[data-open]", hand())),
    a: () => press(hand() ? one("[data-action]", hand()) : one("[data-action]")),
    n: () => press(one("[data-new]")),
    "?": () => { const help = one("#keys"); if (help && !help.open) help.showModal(); return help; },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = one("details.menu[open], .rail-more details[open]");
      if (menu) { menu.open = false; one("summary", menu).focus(); } else if (event.target.matches?.("[data-search]")) event.target.blur();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || one("dialog[open]")) return;
    if (keys[event.key] && keys[event.key]() !== undefined) event.preventDefault();
    else if (event.key === "j" || event.key === "k") event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    const within = event.target.closest('a[href^="#"]');
    if (within) reveal(within.hash);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
    if (event.target.matches("dialog") || event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
    if (event.target.closest("[data-print]")) window.print();
    all("details.menu[open], .rail-more details[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // A text that can be selected by hand can be copied by a button too, where the browser lets.
  if (navigator.clipboard) all("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(
      () => { button.textContent = button.dataset.copied; button.setAttribute("role", "status"); }, () => {}));
  });

  // One tick for all of the same name on the page.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.all;
    if (name) all(`input[type=checkbox][name="${name}"]`, event.target.form).forEach((box) => { box.checked = event.target.checked; });
  });

  // A form that was sent is not sent again by a second click; coming back by the browser's own button frees it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target === "_blank" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  const free = (form) => { delete form.dataset.sent; all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy")); };
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach(free));

  // What the reader filled with a whole list or a sift stays as it is when sources answer.
  document.addEventListener("htmx:oobBeforeSwap", (event) => { if (one(".mark[value=keep]", event.detail.target)) event.detail.shouldSwap = false; });

  // htmx: a request that got no answer is said, never swallowed.
  const say = (id) => {
    const words = document.getElementById(id);
    const place = one("#toasts");
    if (words && place) place.replaceChildren(words.content.cloneNode(true));
  };
  document.addEventListener("htmx:sendError", () => say("words-offline"));
  document.addEventListener("htmx:timeout", () => say("words-offline"));
  document.addEventListener("htmx:responseError", () => say("words-refused"));
  document.addEventListener("htmx:sseError", (event) => { event.target.remove(); say("words-refused"); });
  document.addEventListener("htmx:afterRequest", (event) => all("form[data-sent]").filter((form) => form.contains(event.target)).forEach(free));
  document.addEventListener("htmx:afterSettle", (event) => all("[data-js]", event.target).forEach((element) => { element.hidden = false; }));
  all("[data-js]").forEach((element) => { element.hidden = false; });
})();
