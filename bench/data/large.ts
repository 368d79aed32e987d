// The images of job L, with layers of real sizes: 20 indexes, 40 images, 1.2 GB in four repositories. Images of one
// repository share language layers behind its first image. In `plain` each repository has a base of its own, so that one
// process a repository (crane cp -a) sends nothing twice; in `shared` two repositories stand on the same two bases.

import { type Data, type Image, makeChild, makeImage, makeLayer, OCI, type Plan } from './content.ts';
import type { Sharing } from './official.ts';

const MEGABYTE = 1_000_000;
const PLATFORMS = ['amd64', 'arm64'];
const IMAGES = 5;

type Line = { readonly name: string; readonly bases: readonly string[]; readonly languages: number };
const DEBIAN_12 = ['bookworm', 'bookworm-slim'];
const DEBIAN_13 = ['trixie', 'trixie-slim'];
const LINES: readonly Line[] = [
  { name: 'library/python', bases: DEBIAN_12, languages: 2 },
  { name: 'library/node', bases: DEBIAN_13, languages: 2 },
  { name: 'library/ruby', bases: DEBIAN_12, languages: 2 },
  { name: 'library/golang', bases: DEBIAN_13, languages: 1 },
];

/** The images of job L. `unit` is the size that stands for a megabyte: tests look at the shape with a smaller one. */
export function makeLarge(sharing: Sharing, unit = MEGABYTE): Data {
  const repositories = LINES.map(({ name, bases, languages }) => {
    const line = { name, bases: sharing === 'shared' ? bases : [name], languages };
    return { name, images: Array.from({ length: IMAGES }, (_, at) => build(line, at, unit)) };
  });
  return { repositories, moved: [] };
}

function build(line: Line, at: number, unit: number): Image {
  const children = PLATFORMS.map((platform) => {
    const layers = plansOf(line, at).map(({ seed, ...sizes }) =>
      makeLayer(OCI.layer, { ...sizes, seed: `${seed} ${platform}` }, unit),
    );
    return makeChild(OCI, platform, layers);
  });
  return makeImage(OCI, children, [`3.${IMAGES - at}`]);
}

function plansOf({ name, bases, languages }: Line, at: number): Plan[] {
  const language = Math.floor((at * languages) / IMAGES);
  return [
    { seed: `large base ${bases[at % bases.length]}`, least: 60, most: 80 },
    { seed: `large language ${name} ${language}`, least: 30, most: 45 },
    { seed: `large own ${name} ${at}`, least: 1, most: 4 },
  ];
}
