// Where the articles differ: every point that is noted, found by its topic, its words or its publishers.
let relisting = null; // lists them again, where they could not be listed

async function showDifferences() {
  clearTimeout(relisting);
  const reply = await call('differences', {}, problem);
  if (!reply) {
    relisting = setTimeout(() => { if (viewNow() === 'differences') showDifferences(); }, RETRY);
    return;
  }
  fill($('.points'), reply.html);
  const points = $$('.point');
  $('.differences .filters').hidden = !points.length;
  const names = [...new Set(points.flatMap((point) => JSON.parse(point.dataset.publishers)))].sort();
  offer($('.differences .publisher'), names);
  filterPoints();
}

/** Opens the view at one point; the whole list stays around it. */
async function openDifferences(topic) {
  showView('differences');
  await showDifferences();
  $('.points-filter').value = '';
  $('.differences .publisher').value = '';
  filterPoints();
  const point = $$('.point').find((one) => one.dataset.topic === topic);
  if (!point) return;
  point.open = true;
  point.scrollIntoView({ block: 'center' });
  $('summary', point).focus({ preventScroll: true });
}

function filterPoints() {
  const words = $('.points-filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const publisher = $('.differences .publisher').value;
  const points = $$('.point');
  points.forEach((point) => {
    const held = point.textContent.toLowerCase();
    point.hidden = !words.every((word) => held.includes(word)) || Boolean(publisher && !JSON.parse(point.dataset.publishers).includes(publisher));
  });
  $$('.points section').forEach((group) => { group.hidden = !$('.point:not([hidden])', group); });
  const shown = points.filter((point) => !point.hidden).length;
  $('.points-counted').textContent = shown === points.length ? `${shown} points` : `${shown} of ${points.length} points`;
}
