// A job summary as GitHub's page shows it: Markdown in a real browser, 1,012 pixels wide, with GitHub's own style sheet.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium from '@sparticuz/chromium';
import { marked } from 'marked';
import { chromium as playwright } from 'playwright-core';

/** What GitHub gives a summary, with the padding of its box. */
const WIDTH = 1012;

const style = (file) => `<link rel="stylesheet" href="${new URL(`node_modules/${file}`, import.meta.url)}">`;

const HEAD = [
  '<meta charset="utf-8">',
  ...['400', '600'].map((weight) => style(`@fontsource/noto-sans/latin-${weight}.css`)),
  ...['400', '600'].map((weight) => style(`@fontsource/jetbrains-mono/latin-${weight}.css`)),
  style('@fontsource/noto-color-emoji/emoji.css'),
].join('\n');

const FONTS = `
body { margin: 0; }
.markdown-body { box-sizing: border-box; width: ${WIDTH}px; padding: 16px 24px; font-family: "Noto Sans", "Noto Color Emoji", sans-serif; }
.markdown-body code, .markdown-body pre { font-family: "JetBrains Mono", "Noto Color Emoji", monospace; font-variant-ligatures: none; }
`;

/** The whole page of a summary in one colour scheme, `light` or `dark`. */
function pageOf(markdown, scheme) {
  const theme = style(`github-markdown-css/github-markdown-${scheme}.css`);
  const body = marked.parse(markdown, { gfm: true });
  return `<!doctype html><html><head>${HEAD}${theme}<style>${FONTS}</style></head><body><article class="markdown-body">${body}</article></body></html>`;
}

/** Starts the browser. Throws where it cannot be had: it is there for Linux alone. */
export async function openBrowser() {
  const executablePath = await chromium.executablePath();
  const browser = await playwright.launch({ executablePath, args: chromium.args, headless: true });
  const folder = mkdtempSync(join(tmpdir(), 'summary-page-'));
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 600 } });
  return {
    /**
     * Shows a summary and measures it: the height in pixels as it opens, and how many tables or lines are wider than the page,
     * with everything unfolded. `path`: where a picture of it goes, cut at `most` pixels.
     */
    async show(markdown, { scheme = 'light', path = null, most = 3000 } = {}) {
      const file = join(folder, 'page.html');
      writeFileSync(file, pageOf(markdown, scheme));
      await page.goto(`file://${file}`, { waitUntil: 'load' });
      await page.evaluate(() => document.fonts.ready);
      const height = await page.evaluate(() => document.querySelector('article').scrollHeight);
      if (path !== null) {
        await page.screenshot({
          path,
          clip: { x: 0, y: 0, width: WIDTH, height: Math.min(height, most) },
          fullPage: true,
        });
      }
      const wide = await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
        return [...document.querySelectorAll('article, article *')]
          .filter(
            (element) =>
              element.scrollWidth > element.clientWidth &&
              element.clientWidth > 0 &&
              getComputedStyle(element).display !== 'inline',
          )
          .map((element) => `${element.localName}: ${element.scrollWidth} > ${element.clientWidth}`);
      });
      return { height, wide };
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * `page.mjs probe` ends well where a browser can be had; `page.mjs measure FILE…` prints a JSON line for each summary, and
 * `page.mjs shoot FILE PICTURE [dark]` takes a picture of one.
 */
async function main([command, ...files]) {
  const browser = await openBrowser();
  try {
    if (command === 'measure') {
      for (const file of files)
        console.log(JSON.stringify({ file, ...(await browser.show(readFileSync(file, 'utf8'))) }));
    } else if (command === 'shoot') {
      const [file, path, scheme = 'light'] = files;
      await browser.show(readFileSync(file, 'utf8'), { path, scheme });
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
