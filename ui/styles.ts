/** The one style sheet of all pages: light and dark by the reader's setting. Nothing is loaded from anywhere else. */
export const STYLES = `
:root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c1e21;--soft:#5b6168;--line:#e2e4e7;--accent:#2456c7;
--good:#0f7a43;--goodbg:#e3f4ea;--bad:#b3261e;--badbg:#fbe6e4;--open:#8a5a00;--openbg:#fdf0d5;--work:#2456c7;--workbg:#e5ecfb}
@media (prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1d2024;--ink:#e8eaed;--soft:#a5abb3;--line:#33373d;--accent:#8ab0ff;
--good:#63d297;--goodbg:#12351f;--bad:#ff8f86;--badbg:#431a17;--open:#f3c565;--openbg:#3d2e0a;--work:#8ab0ff;--workbg:#1b2a4a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:6px}
.top{border-bottom:1px solid var(--line);background:var(--card)}
.top>div,main{max-width:1180px;margin:0 auto;padding:0 20px}
.top>div{display:flex;flex-wrap:wrap;gap:4px 22px;align-items:baseline;padding-top:12px;padding-bottom:10px}
.top strong{font-size:17px}.top strong a{color:var(--ink)}
nav{display:flex;flex-wrap:wrap;gap:4px 16px}nav a{color:var(--soft)}nav a[aria-current]{color:var(--ink);font-weight:650}
main{padding-top:18px;padding-bottom:60px}
h1{font-size:24px;line-height:1.25;margin:4px 0 14px;overflow-wrap:anywhere}
h2{font-size:18px;margin:32px 0 8px}
p{margin:0 0 12px;max-width:90ch}.soft{color:var(--soft)}
code,.mono{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre.box{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px;margin-bottom:12px}
.remark{border:1px solid var(--line);border-left:6px solid var(--open);border-radius:6px;background:var(--card);padding:10px 14px;margin:0 0 14px}
.remark.bad{border-left-color:var(--bad)}.remark.good{border-left-color:var(--good)}
.remark p{margin:0}.remark ul{margin:6px 0 0;padding-left:20px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:12px;margin:0 0 14px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.tile .what{color:var(--soft);font-size:13px;display:block}.tile .big{font-size:19px;font-weight:650;display:block;overflow-wrap:anywhere}
.tile .from{color:var(--soft);font-size:13px;display:block}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px;margin:0 0 14px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:7px 10px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}
td.number,th.number{text-align:right;white-space:nowrap}tbody th{font-weight:600}
td.text{width:100%;min-width:190px;overflow-wrap:anywhere}td .soft{white-space:nowrap}td.name{min-width:170px;max-width:200px;overflow-wrap:anywhere}td.tight,th.tight{white-space:nowrap}
.chip{display:inline-block;border-radius:999px;padding:0 10px;font-size:13px;font-weight:650;white-space:nowrap;color:var(--soft);background:var(--line)}
.chip.good{color:var(--good);background:var(--goodbg)}.chip.bad{color:var(--bad);background:var(--badbg)}
.chip.open{color:var(--open);background:var(--openbg)}.chip.work{color:var(--work);background:var(--workbg)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0 0 14px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:600px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
progress{width:160px;height:10px;accent-color:var(--accent);vertical-align:middle;margin-right:8px}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin:0 0 14px}.sides>div{min-width:0}
@media (max-width:800px){.sides{grid-template-columns:1fr}}
ins{background:var(--goodbg);text-decoration:none}del{background:var(--badbg);text-decoration:none}
iframe{width:100%;height:78vh;border:1px solid var(--line);border-radius:8px;background:#fff}
form.out{margin:0 0 0 auto}form.out button{padding:0;border:0;background:none;color:var(--soft)}form.out button:hover{text-decoration:underline}
form{display:flex;flex-wrap:wrap;gap:10px;align-items:end;margin:0 0 14px}
label{display:block;color:var(--soft);font-size:13px}
input{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;padding:7px 10px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--ink);width:min(52ch,80vw)}
button{font:inherit;padding:6px 16px;border:1px solid var(--accent);border-radius:6px;background:var(--accent);color:var(--card);cursor:pointer}
footer{margin-top:40px;color:var(--soft);font-size:13px}
`;
