// Platforms as os/architecture/variant, compared the way containerd does (containerd/platforms, database.go).

import { type Mistake, show } from '../../base/errors/mistake.ts';
import { compareTexts } from '../../base/text/words.ts';

/**
 * A normalised platform. `variant` is empty where the architecture has a usual one (arm64/v8, amd64/v1).
 * `build` is the Windows build (`10.0.20348`), without the revision, else empty.
 */
export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  readonly build: string;
};

/** A platform as OCI image-spec writes it in an index (image-index.md, "platform"). */
export type RawPlatform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly osVersion?: string | undefined;
};

/** Go's GOARCH values for which container images exist, and the names that uname and distributions use for them. */
export const ARCHITECTURES = [
  '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm',
  'i386 x86_64 x86-64 aarch64 armhf armel',
].flatMap((names) => names.split(' '));
const OTHER_NAMES = new Map([
  ['i386', '386'],
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['armel', 'arm'],
]);
const WORD = /^[a-z0-9][a-z0-9_.-]*$/;
const FORM = '[os/]architecture[/variant]';

/** Brings a platform into its one form: `aarch64` and `arm64/v8` are `arm64`, `arm` is `arm/v7`. */
export function normalisePlatform(raw: RawPlatform): Platform {
  const os = raw.os.toLowerCase() === 'macos' ? 'darwin' : raw.os.toLowerCase();
  const written = raw.architecture.toLowerCase();
  const architecture = OTHER_NAMES.get(written) ?? written;
  const variant = normaliseVariant(architecture, (raw.variant ?? '').toLowerCase(), written);
  const build = os === 'windows' ? (raw.osVersion ?? '').split('.').slice(0, 3).join('.') : '';
  return { os, architecture, variant, build };
}

function normaliseVariant(architecture: string, variant: string, written: string): string {
  if (architecture === 'arm64') return variant === 'v8' || variant === '8' ? '' : variant;
  if (architecture === 'amd64') return variant === 'v1' ? '' : variant;
  if (written === 'i386') return '';
  if (architecture !== 'arm') return variant;
  if (written === 'armel') return 'v6';
  if (written === 'armhf' || variant === '') return 'v7';
  return /^[5-8]$/.test(variant) ? `v${variant}` : variant;
}

/**
 * Reads `[os/]architecture[/variant]`; no os means linux, and a Windows build follows a colon
 * (`windows/amd64:10.0.20348`). An unknown architecture is a mistake, so that typing errors are found.
 */
export function parsePlatform(text: string): Platform | Mistake {
  const [path = '', osVersion, ...more] = text.split(':');
  const parts = path.toLowerCase().split('/');
  if (parts.length > 3 || more.length > 0 || !parts.every((part) => WORD.test(part))) {
    return { mistake: `${show(text)} is not a valid platform`, hint: `write ${FORM}, as in linux/arm/v7` };
  }
  const [os = '', architecture = '', variant] = withOs(parts);
  if (!ARCHITECTURES.includes(architecture)) {
    return {
      mistake: `${show(text)} has no known architecture`,
      hint: `write ${FORM}, as in amd64 or linux/arm64`,
    };
  }
  if (osVersion === undefined) return normalisePlatform({ os, architecture, variant });
  if (os !== 'windows' || !/^\d+\.\d+\.\d+(?:\.\d+)?$/.test(osVersion)) {
    const hint = 'only Windows has a build, as in windows/amd64:10.0.20348';
    return { mistake: `${show(text)} does not have a valid build`, hint };
  }
  return normalisePlatform({ os, architecture, variant, osVersion });
}

function withOs(parts: readonly string[]): readonly string[] {
  return parts.length < 3 && ARCHITECTURES.includes(parts[0] ?? '') ? ['linux', ...parts] : parts;
}

/** `linux/arm64`, `linux/arm/v7`, `windows/amd64:10.0.20348`. Equal platforms have equal texts. */
export function formatPlatform({ os, architecture, variant, build }: Platform): string {
  return `${os}/${architecture}${variant === '' ? '' : `/${variant}`}${build === '' ? '' : `:${build}`}`;
}

/** True when both are one platform, the Windows build included. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(a) === formatPlatform(b);
}

/** True when `platform` is what a person asked for: a wish without a Windows build accepts every build. */
export function fulfils(platform: Platform, wish: Platform): boolean {
  return samePlatform(wish.build === '' ? { ...platform, build: '' } : platform, wish);
}

/** Orders platforms by their texts. */
export function byPlatform(a: Platform, b: Platform): number {
  return compareTexts(formatPlatform(a), formatPlatform(b));
}
