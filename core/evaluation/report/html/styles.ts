/** The report's own style sheet: light and dark by the reader's setting, and for paper. Nothing is loaded from anywhere. */
export const STYLES = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c1e21;--soft:#5b6168;--line:#e2e4e7;--accent:#2456c7;
--pass:#0f7a43;--passbg:#e3f4ea;--fail:#b3261e;--failbg:#fbe6e4;--open:#8a5a00;--openbg:#fdf0d5;--stable:#6b7280;--base:#a3792c;--peer:#7a5ea8;--tint:#0f7a4314}
@media (prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1d2024;--ink:#e8eaed;--soft:#a5abb3;--line:#33373d;--accent:#8ab0ff;
--pass:#63d297;--passbg:#12351f;--fail:#ff8f86;--failbg:#431a17;--open:#f3c565;--openbg:#3d2e0a;--stable:#aeb4bd;--base:#d9b26a;--peer:#bfa5ec;--tint:#63d2971f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
header p{margin:0;color:var(--soft)}header p:first-child{font-size:13px}
h1{font-size:26px;line-height:1.25;margin:2px 0}
header{margin-bottom:14px}
h2{font-size:19px;margin:40px 0 4px}
h3{font-size:15px;margin:22px 0 6px}
h2+p,h3+p{margin-top:0}
p.note{color:var(--soft);max-width:76ch;margin:0 0 12px}
code,.mono{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
a{color:var(--accent)}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:6px}
.verdict{border:1px solid var(--line);border-left-width:8px;border-radius:8px;background:var(--card);padding:16px 20px}
.verdict.pass{border-left-color:var(--pass)}.verdict.fail{border-left-color:var(--fail)}.verdict.inconclusive{border-left-color:var(--open)}
.verdict strong{display:block;font-size:24px;line-height:1.2}
.verdict.pass strong{color:var(--pass)}.verdict.fail strong{color:var(--fail)}.verdict.inconclusive strong{color:var(--open)}
.verdict p{margin:6px 0 0}.verdict ul{margin:8px 0 0;padding-left:20px}
.weigh{border:1px solid var(--open);border-radius:8px;background:var(--openbg);padding:12px 20px;margin-top:12px}.weigh p{margin:4px 0 0;font-size:14px}
.decide{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:12px;margin-top:12px}
.card.changes{margin-top:12px}.card.changes p{margin:6px 0 0}.decide h2,.changes h2{font-size:16px;margin:0 0 6px}.decide p{margin:6px 0}.decide .why{margin-bottom:4px}
pre.command{background:var(--bg);border:1px solid var(--line);border-radius:6px;padding:6px 10px;margin-top:6px;user-select:all}pre.command span{white-space:nowrap}
nav.contents{margin-top:18px;border-block:1px solid var(--line);padding:8px 0}
nav.contents ol{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;padding:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin-top:14px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.tile .what{color:var(--soft);font-size:13px}.tile .big{font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.tile .from{color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);padding:8px 12px 0;font-size:13px}
th,td{padding:8px 10px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:13px;vertical-align:bottom}
tbody tr:first-child>*{border-top:1px solid var(--line)}
td.number,th.number{text-align:right}td.number{white-space:nowrap}
td .range{color:var(--soft);font-size:12.5px;display:block}
tbody th{font-weight:600;min-width:120px}th:has(.why){min-width:180px}.plain{font-weight:400}
.why{color:var(--soft);font-size:13px;font-weight:400;display:block}
.chip{display:inline-block;border-radius:999px;padding:1px 10px;font-size:13px;font-weight:650;white-space:nowrap}
.chip.pass{color:var(--pass);background:var(--passbg)}.chip.fail{color:var(--fail);background:var(--failbg)}.chip.inconclusive{color:var(--open);background:var(--openbg)}
.tag{color:var(--soft);border:1px solid var(--line);border-radius:4px;padding:0 6px;font-size:12px;font-weight:400;white-space:nowrap}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.card h3{margin-top:0}
td.cell{text-align:right}td.hit{background:var(--passbg)}td.miss{background:var(--failbg)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:600px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
td pre{min-width:260px}
h4{font-size:13px;margin:14px 0 4px;font-weight:600}pre.diff{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
pre.diff del{background:var(--failbg);color:var(--fail);text-decoration:none}pre.diff ins{background:var(--passbg);color:var(--pass);text-decoration:none}
details{margin-top:12px}summary{cursor:pointer;padding:4px 0}
.card+p.note{margin-top:14px}
ul.plain{margin:0;padding-left:20px}
svg{display:block;max-width:100%;height:auto}
td svg{width:230px;max-width:none}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .tick{fill:var(--soft);font-size:11px}
svg .rail{stroke:var(--line)}svg .zero{stroke:var(--soft);stroke-dasharray:2 3}svg .limit{stroke:var(--ink);stroke-dasharray:4 3}
svg .good{fill:var(--tint)}svg .bar{fill:var(--accent)}
.whisker line{stroke:var(--stable);stroke-width:2}.whisker circle{fill:var(--stable)}
.whisker.pass line,.whisker.candidate line{stroke:var(--pass)}.whisker.pass circle{fill:var(--pass)}
.whisker.fail line{stroke:var(--fail)}.whisker.fail circle{fill:var(--fail)}
.whisker.inconclusive line{stroke:var(--open)}.whisker.inconclusive circle{fill:var(--open)}
.whisker.candidate line{stroke:var(--accent)}.whisker.candidate circle{fill:var(--accent)}
.whisker.base line{stroke:var(--base)}.whisker.base circle{fill:var(--base)}
.whisker.peer line{stroke:var(--peer)}.whisker.peer circle{fill:var(--peer)}
svg .name.candidate{font-weight:650}
.curve{fill:none;stroke-width:1.5}.curve.train{stroke:var(--stable)}.curve.validation{stroke:var(--accent);stroke-width:2.5}.dot.validation{fill:var(--accent)}.dot.train{fill:var(--stable)}
footer{margin-top:48px;color:var(--soft);font-size:13px}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb}main{max-width:none;padding:0}
.skip,nav.contents{display:none}td svg{width:150px}h2,h3{break-after:avoid}.scroll{overflow:visible}tr,.card,.verdict,.weigh,svg{break-inside:avoid}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
