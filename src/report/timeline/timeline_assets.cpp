#include "timeline_assets.h"

namespace crossfold {

// Colours: Okabe and Ito, which colour-blind readers can tell apart.
std::string_view timeline_style() {
  return R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--soft:#555;--lane:#e4e4e4;--lost:#b3b3b3;--write:#000}
body{margin:1.5rem auto;max-width:1280px;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}p{max-width:60rem}
.lanes{overflow:auto;max-height:75vh;border:1px solid var(--soft)}
.lanes svg{display:block;width:100%;min-width:900px;height:auto}
.lanes:focus-visible,summary:focus-visible,button:focus-visible{outline:3px solid #0072b2;outline-offset:2px}
text{font:11px system-ui,sans-serif;fill:var(--ink)}
path{fill:none}.lane{stroke:var(--lane)}.lost{stroke:var(--lost);stroke-dasharray:4 3}.write{stroke:var(--write)}
.grid{stroke:var(--soft);stroke-width:.5}
.c0{stroke:#0072b2}.c1{stroke:#e69f00}.c2{stroke:#009e73}.c3{stroke:#d55e00}.c4{stroke:#56b4e9}.c5{stroke:#cc79a7}.c6{stroke:#8a7a00}
.mark{fill:none;stroke:var(--ink);stroke-width:2}.mark[width="0"]{display:none}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;padding:0;margin:.5rem 0;font-size:.9rem}
.key svg{width:22px;height:12px;vertical-align:middle;margin-right:.4rem}
output{display:block;min-height:1.6em;font-variant-numeric:tabular-nums}
button{font:inherit;padding:.1rem .6rem;margin-right:.4rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .7rem;text-align:right;border-bottom:1px solid var(--lane)}th{font-weight:600}
.name{text-align:left}
@media (prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#ededed;--soft:#a8a8a8;--lane:#33373d;--lost:#6d6d6d;--write:#fff}
.c0{stroke:#4da3dd}.c6{stroke:#f0e442}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--lane:#e4e4e4;--lost:#b3b3b3;--write:#000}.lanes{overflow:visible;max-height:none}.tools,output{display:none}}
)css";
}

std::string_view timeline_script() {
  return R"js(
'use strict';
{
const data = JSON.parse(document.getElementById('cohorts').textContent);
const number = (x, digits) => x.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const seconds = s => s >= 100 ? number(s, 0) + ' s' : number(s, s < 1 ? 4 : 2) + ' s';
document.querySelectorAll('.lanes').forEach((box, at) => {
  const session = data.sessions[at], svg = box.querySelector('svg');
  const bars = svg.querySelector('.bars'), mark = svg.querySelector('.mark');
  const says = box.parentNode.querySelector('output'), tools = box.parentNode.querySelector('.tools');
  const {left, right, top, row, length} = session;
  let rank = 0, cohort = -1, from = 0, to = length;
  const x = t => left + (t - from) / (to - from) * (right - left);
  const draw = () => {
    const scale = length / (to - from);
    bars.setAttribute('transform', `translate(${x(0) - left * scale} 0) scale(${scale} 1)`);
    svg.querySelectorAll('.tick').forEach((tick, i, all) => {
      const t = from + (to - from) * i / (all.length - 1);
      tick.textContent = seconds(t);
    });
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
}
)js";
}

}  // namespace crossfold
