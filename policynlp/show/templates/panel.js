// Search, filters, and a click anywhere in a row that opens its sentences.
(() => {
  const byId = id => document.getElementById(id);
  const page = document.body;
  const rows = [...document.querySelectorAll('tbody tr')].map(row => ({
    row,
    // What a reader looks for: everything but the sentences.
    words: [...row.cells].slice(0, -1).map(cell => cell.textContent).join(' ').toLowerCase(),
  }));

  function filter() {
    const words = byId('q').value.trim().toLowerCase().split(/\s+/);
    const [indicator, verdict] = [byId('i').value, byId('v').value];
    let found = 0;
    for (const each of rows) {
      const fits = (!indicator || each.row.dataset.i === indicator) && (!verdict || each.row.dataset.v === verdict)
        && words.every(word => each.words.includes(word));
      each.row.hidden = !fits;
      found += fits;
    }
    byId('found').textContent = `${found} / ${rows.length}`;
  }

  for (const id of ['q', 'i', 'v']) byId(id).addEventListener('input', filter);
  document.querySelector('.tools').addEventListener('submit', event => event.preventDefault());
  byId('theme').addEventListener('click', () => {
    const dark = page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    page.dataset.theme = dark ? 'light' : 'dark';
  });
  document.querySelector('tbody').addEventListener('click', event => {
    if (event.target.closest('details') || String(getSelection())) return;
    const details = event.target.closest('tr').querySelector('details');
    if (details) details.open = !details.open;
  });
})();
