// Markdown as GitHub renders it, by a parser of its own that follows the GFM specification: tables, strikethrough,
// footnotes, task lists, and links made of bare addresses.

import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

/** The HTML of a Markdown text; HTML in it stays as it is, so that nothing hides. */
export function renderGfm(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

/** The characters that a person reads in HTML. */
export function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** The names of the elements in HTML, each once. */
export function elementsOf(html: string): string[] {
  return [...new Set([...html.matchAll(/<([a-z]\w*)/gi)].map(([, name]) => name ?? ''))].sort();
}
