// Starts the demo: finds or brings Node 24 and crane, then hands over to story.mjs, which needs both. Needs Node 20 and npm,
// and Go where crane cannot be downloaded.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findCrane, findNode } from './bring.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const story = fileURLToPath(new URL('story.mjs', import.meta.url));

try {
  tell(findNode(root), await findCrane(root));
} catch (thrown) {
  // What is missing on this machine is for a person to read; where in the demo it was noticed is not.
  console.error(`The demo cannot start: ${thrown.message}`);
  process.exitCode = 1;
}

function tell(node, crane) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', story, crane], { stdio: 'inherit' });
  // Ctrl-C reaches both; a signal to this process alone is passed on. The story cleans up, and only then both are gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
