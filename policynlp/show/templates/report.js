'use strict';
(() => {
  const page = document.body;
  const all = (selector, under = document) => [...under.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const sentences = all('main .s');
  const words = new Map(sentences.map((s) => {
    const copy = s.cloneNode(true);
    all('.tip, .sign', copy).forEach((part) => part.remove());
    return [s, copy.textContent.toLowerCase()];
  }));
  const ticks = new Map(all('.ribbon i').map((tick) => [tick.dataset.s, tick]));

  // One Tab stop in the whole text: arrows move between sentences, Tab goes on to the numbers and links of one.
  let current = null;
  const inner = (s) => all('.f, .tip a', s);
  function settle(s) {
    if (current) { current.tabIndex = -1; inner(current).forEach((part) => { part.tabIndex = -1; }); }
    current = s;
    if (s) { s.tabIndex = 0; inner(s).forEach((part) => { part.tabIndex = 0; }); }
  }
  sentences.forEach((s) => { s.tabIndex = -1; inner(s).forEach((part) => { part.tabIndex = -1; }); });
  settle(sentences[0] || null);

  function reveal(target) {
    const fold = target.closest('details');
    if (fold) fold.open = true;
    const s = target.closest('.s');
    if (s) settle(s);
    target.focus();
    target.scrollIntoView({ block: 'center' });
  }

  document.addEventListener('focusin', (event) => {
    const s = event.target.closest('main .s');
    if (s && s !== current) settle(s);
    page.classList.remove('quiet');
  });
  document.addEventListener('mouseover', () => page.classList.remove('quiet'));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') page.classList.add('quiet');
    const s = event.target.closest && event.target.closest('main .s');
    if (!s || event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = sentences.filter((item) => !item.hidden);
    const at = shown.indexOf(s);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined || !shown[next]) return;
    event.preventDefault();
    reveal(shown[next]);
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    const tick = event.target.closest('.ribbon i');
    const target = link ? byId(link.getAttribute('href').slice(1)) : tick ? byId('s' + tick.dataset.s) : null;
    if (!target) return;
    event.preventDefault();
    const s = target.closest('.s');
    if (s && s.hidden) clear();
    reveal(target.matches('a') ? target.parentElement : target);
  });

  // Filters: what does not match is hidden, with the headings and sections that it leaves empty.
  const query = byId('q'), section = byId('c'), indicator = byId('i'), found = byId('found');
  const buttons = all('.label');
  const wanted = (button) => button.getAttribute('aria-pressed') === 'true';
  function clear() {
    query.value = section.value = indicator.value = '';
    buttons.forEach((button) => button.setAttribute('aria-pressed', 'true'));
    filter();
  }
  function filter() {
    const text = query.value.trim().toLowerCase();
    const off = new Set(buttons.filter((button) => !wanted(button)).map((button) => button.dataset.l));
    const key = indicator.value;
    let count = 0;
    for (const s of sentences) {
      const hit = !off.has(s.dataset.l) && words.get(s).includes(text)
        && (!section.value || s.closest('details').dataset.c === section.value)
        && (!key || all('.f', s).some((f) => f.dataset.i.split('|').includes(key)));
      s.hidden = !hit;
      if (ticks.has(s.id.slice(1))) ticks.get(s.id.slice(1)).classList.toggle('off', !hit);
      if (hit) count += 1;
    }
    const narrowed = count < sentences.length;
    for (const fold of all('main .section')) tidy(fold, narrowed);
    for (const row of all('main .list tr[data-s]')) {
      const s = byId('s' + row.dataset.s);
      row.hidden = Boolean((s && s.hidden) || (key && row.dataset.i && row.dataset.i !== key));
    }
    if (current && current.hidden) settle(sentences.find((s) => !s.hidden) || null);
    found.textContent = narrowed ? `${count} / ${sentences.length} 句` : '';
    highlight(text);
  }
  // Backwards, so that each heading knows whether anything below it is left.
  function tidy(fold, narrowed) {
    const below = new Array(7).fill(false);
    for (const block of [...fold.children].reverse()) {
      const level = /^H[3-6]$/.test(block.tagName) ? Number(block.tagName[1]) : 0;
      if (block.tagName === 'P') {
        block.hidden = all('.s', block).every((s) => s.hidden);
        if (!block.hidden) below.fill(true, 3, 7);
      } else if (level) {
        block.hidden = narrowed && !below[level];
        below.fill(false, level, 7);
      }
    }
    fold.hidden = narrowed && all('.s', fold).every((s) => s.hidden);
  }
  function highlight(text) {
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.delete('pn-found');
    if (text) CSS.highlights.set('pn-found', new Highlight(...sentences.filter((s) => !s.hidden).flatMap((s) => matches(s, text))));
  }
  function matches(s, text) {
    const nodes = [], ends = [];
    const walk = document.createTreeWalker(s, NodeFilter.SHOW_TEXT);
    let whole = '';
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.parentElement.closest('.tip, .sign')) continue;
      whole += node.data;
      nodes.push(node);
      ends.push(whole.length);
    }
    const low = whole.toLowerCase();
    const ranges = [];
    // Lower case may be longer (İ): then offsets would not fit, and nothing is marked.
    for (let at = low.length === whole.length ? low.indexOf(text) : -1; at >= 0; at = low.indexOf(text, at + text.length)) {
      const range = new Range();
      const first = ends.findIndex((end) => end > at), last = ends.findIndex((end) => end >= at + text.length);
      range.setStart(nodes[first], at - (ends[first - 1] || 0));
      range.setEnd(nodes[last], at + text.length - (ends[last - 1] || 0));
      ranges.push(range);
    }
    return ranges;
  }
  query.addEventListener('input', filter);
  section.addEventListener('change', filter);
  indicator.addEventListener('change', filter);
  buttons.forEach((button) => button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', String(!wanted(button)));
    filter();
  }));
  document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
  byId('theme').addEventListener('click', () => {
    const dark = page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    page.dataset.theme = dark ? 'light' : 'dark';
  });
  window.addEventListener('beforeprint', () => all('details').forEach((fold) => { fold.open = true; }));
})();
