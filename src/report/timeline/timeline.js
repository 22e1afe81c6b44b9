const data = JSON.parse(document.getElementById('cohorts').textContent);
const number = (x, digits) => x.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const seconds = s => s >= 100 ? number(s, 0) + ' s' : number(s, s < 1 ? 4 : 2) + ' s';
document.querySelectorAll('.lanes').forEach((box, at) => {
  const session = data.sessions[at], svg = box.querySelector('svg');
  const bars = svg.querySelector('.bars'), mark = box.querySelector('.mark'), axis = svg.querySelector('.axis');
  const says = box.parentNode.querySelector('output'), tools = box.parentNode.querySelector('.tools');
  const {left, right, top, row, length} = session;
  let rank = 0, cohort = -1, from = 0, to = length;
  const x = t => left + (t - from) / (to - from) * (right - left);
  const element = (name, attributes) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return axis.appendChild(made);
  };
  /** At 1, 2 or 5 times a power of ten. */
  const drawTicks = () => {
    const least = (to - from) / 8, power = 10 ** Math.floor(Math.log10(least));
    const step = power * ([1, 2, 5].find(times => times * power >= least) ?? 10);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    axis.replaceChildren();
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; ++i) {
      element('path', {class: 'grid', d: `M${x(i * step)} ${top - 6}V${axis.dataset.bottom}`});
      element('text', {x: x(i * step), y: 16, 'text-anchor': 'middle'}).textContent = number(i * step, digits) + ' s';
    }
  };
  const draw = () => {
    const scale = length / (to - from);
    bars.setAttribute('transform', `translate(${x(0) - left * scale} 0) scale(${scale} 1)`);
    drawTicks();
    show(rank, cohort);
  };
  const show = (r, c) => {
    const lane = session.ranks[r];
    if (!lane || c < 0 || c >= lane.s.length) { mark.setAttribute('width', 0); return; }
    rank = r; cohort = c;
    const a = Math.max(left, x(lane.s[c])), b = Math.min(right, x(lane.s[c] + lane.d[c]));
    mark.setAttribute('x', a); mark.setAttribute('y', top + r * row);
    mark.setAttribute('width', Math.max(b - a, 1)); mark.setAttribute('height', row);
    says.textContent = `rank ${lane.rank} (${lane.host}, ${lane.device}): ${data.stages[lane.g[c]]}, ` +
      `${lane.f[c]} fits from ${lane.id[c]} on; at ${seconds(lane.s[c])} for ${seconds(lane.d[c])}, of it writing ${seconds(lane.w[c])}`;
  };
  const nearest = (lane, t) => {
    let a = 0, b = lane.s.length;
    while (b - a > 1) { const m = (a + b) >> 1; lane.s[m] <= t ? a = m : b = m; }
    return a;
  };
  const zoom = (factor, around) => {
    const span = Math.min(length, Math.max(length / 5000, (to - from) * factor));
    from = Math.min(Math.max(0, around - (around - from) * span / (to - from)), length - span);
    to = from + span;
    draw();
  };
  const middle = () => {
    const lane = session.ranks[rank];
    return lane && cohort >= 0 ? Math.min(to, Math.max(from, lane.s[cohort] + lane.d[cohort] / 2)) : (from + to) / 2;
  };
  const pan = share => {
    const span = to - from;
    from = Math.min(Math.max(0, from + share * span), length - span);
    to = from + span;
    draw();
  };
  svg.addEventListener('mousemove', event => {
    const area = svg.getBoundingClientRect(), unit = svg.viewBox.baseVal.width / area.width;
    const r = Math.floor(((event.clientY - area.top) * unit - top) / row), lane = session.ranks[r];
    if (!lane || !lane.s.length) return;
    const t = from + ((event.clientX - area.left) * unit - left) / (right - left) * (to - from);
    const c = nearest(lane, t);
    if (t >= lane.s[c] && t <= lane.s[c] + lane.d[c]) show(r, c);
    else says.textContent = `rank ${lane.rank} (${lane.host}, ${lane.device}): ` +
      (lane.lost !== null && t >= lane.lost ? 'lost' : 'waits') + ` at ${seconds(Math.max(0, t))}`;
  });
  box.addEventListener('keydown', event => {
    const lane = session.ranks[rank];
    const step = (r, c) => {
      const to_lane = session.ranks[r];
      if (!to_lane) return;
      show(r, Math.min(Math.max(0, c), to_lane.s.length - 1));
      const shown = to_lane.s[cohort];
      if (cohort >= 0 && (shown < from || shown > to)) pan((shown - from) / (to - from) - .5);
      const y = (top + r * row) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      if (y < box.scrollTop || y > box.scrollTop + box.clientHeight - 40) box.scrollTop = y - box.clientHeight / 2;
    };
    const beside = r => {
      while (session.ranks[r] && !session.ranks[r].s.length) r += r > rank ? 1 : -1;
      if (session.ranks[r]) step(r, cohort < 0 || !lane ? 0 : nearest(session.ranks[r], lane.s[cohort]));
    };
    const keys = {
      ArrowRight: () => step(rank, cohort + 1), ArrowLeft: () => step(rank, cohort - 1),
      ArrowDown: () => beside(rank + 1), ArrowUp: () => beside(rank - 1),
      Home: () => step(rank, 0), End: () => step(rank, Infinity),
      '+': () => zoom(.5, middle()), '-': () => zoom(2, middle()), '0': () => { from = 0; to = length; draw(); }
    };
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  tools.hidden = false;
  tools.addEventListener('click', event => {
    const what = event.target.dataset.what;
    if (what === 'in') zoom(.5, middle());
    if (what === 'out') zoom(2, middle());
    if (what === 'earlier') pan(-.5);
    if (what === 'later') pan(.5);
    if (what === 'all') { from = 0; to = length; draw(); }
  });
});
