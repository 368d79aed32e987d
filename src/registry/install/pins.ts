// Which crane is used: versions and archives that are known, with the sha256 of each archive. Pure.

import checksums from './checksums.json' with { type: 'json' };

/** The version that is used unless the workflow names another. */
export const DEFAULT_CRANE_VERSION = '0.22.1';

/** Older ones follow a registry's word to private addresses (go-containerregistry, fixes of March to August 2026). */
export const OLDEST_CRANE_VERSION = '0.22.1';

const DEFAULT_URL =
  'https://github.com/google/go-containerregistry/releases/download/v{version}/go-containerregistry_{os}_{arch}.tar.gz';

/** The names that the release archives give to a platform. go-containerregistry, .goreleaser.yml. */
export type Asset = { readonly os: string; readonly arch: string; readonly member: string };

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' };
const MACHINES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'arm64',
  arm: 'armv6',
  ia32: 'i386',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
};

/** The asset for Node's names of platform and architecture, `null` where crane is not built. */
export function assetFor(platform: string, arch: string): Asset | null {
  const os = SYSTEMS[platform];
  const machine = MACHINES[arch];
  if (os === undefined || machine === undefined) return null;
  return { os, arch: machine, member: os === 'Windows' ? 'crane.exe' : 'crane' };
}

/** The name of an asset in its archive: `Linux_x86_64`. */
export function formatAsset({ os, arch }: Asset): string {
  return `${os}_${arch}`;
}

/** The sha256 of the archive in hex, `null` when this project does not know it. */
export function pinnedChecksum(version: string, asset: Asset): string | null {
  const known: Readonly<Record<string, Readonly<Record<string, string>>>> = checksums;
  return known[version]?.[formatAsset(asset)] ?? null;
}

/** The address of an archive; an empty template is the project's release page. */
export function downloadUrl(template: string, version: string, { os, arch }: Asset): string {
  const values: Readonly<Record<string, string>> = { version, os, arch };
  const filled = template === '' ? DEFAULT_URL : template;
  return filled.replace(/\{(version|os|arch)\}/g, (_, key: string) => values[key] ?? '');
}

/** The version without a leading `v`; `null` for what is not a valid version and must not become part of an address. */
export function parseVersion(text: string): string | null {
  return /^v?(\d{1,5}\.\d{1,5}\.\d{1,5}(?:-[0-9A-Za-z.-]{1,40})?)$/.exec(text.trim())?.[1] ?? null;
}

/** True when `version` is not older than `than`; what follows a hyphen does not count. */
export function isAtLeast(version: string, than: string): boolean {
  const parts = (text: string): number[] => (text.split('-', 1)[0] ?? '').split('.').map(Number);
  const [mine, other] = [parts(version), parts(than)];
  const at = mine.findIndex((part, index) => part !== other[index]);
  return at < 0 || (mine[at] ?? 0) > (other[at] ?? 0);
}
