// Gets a crane that is known to be the wanted version: a given path, the tool cache, or a download with a known checksum.

import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, find } from '@actions/tool-cache';
import { UserError } from '../../base/errors/user-error.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { versionArgs } from '../crane/argv.ts';
import { runCommand } from '../crane/exec.ts';
import { withoutLogin } from '../network/proxies.ts';
import { extractMember } from './archive.ts';
import {
  type Asset,
  assetFor,
  DEFAULT_CRANE_VERSION,
  downloadUrl,
  formatAsset,
  isAtLeast,
  OLDEST_CRANE_VERSION,
  parseVersion,
  pinnedChecksum,
} from './pins.ts';

/** The inputs `crane-path`, `crane-version`, `crane-download-url` and `crane-checksum`; an empty text means that it was not given. */
export type CraneRequest = {
  readonly path: string;
  readonly version: string;
  readonly downloadUrl: string;
  readonly checksum: string;
};

type InstallDeps = {
  /** Reads an address whole, within seconds when nobody answers; throws an error that says why not. */
  readonly download: (url: string) => Promise<Uint8Array>;
  readonly log: { info(line: string): void; warning(line: string): void };
  readonly env: Readonly<Record<string, string>>;
  /** A folder for unpacking. */
  readonly temp: string;
  readonly platform?: string;
  readonly arch?: string;
};

/** The path of a crane and its version, without a `v`; `staged` is a folder that nobody needs after the run. */
export type InstalledCrane = { readonly file: string; readonly version: string; readonly staged?: string };

const TOOL = 'crane';
const SUM_FILE = 'crane.sha256';
const VERSION_DEADLINE = 10_000;

/** The crane to use and its version. @throws UserError `crane`, naming the ways out */
export async function installCrane(request: CraneRequest, deps: InstallDeps): Promise<InstalledCrane> {
  if (request.path !== '') return useGiven(request, deps);
  const version = parseVersion(request.version === '' ? DEFAULT_CRANE_VERSION : request.version);
  if (version === null) throw invalidVersion(request.version);
  const { platform = process.platform, arch = process.arch } = deps;
  const asset = assetFor(platform, arch);
  if (asset === null) {
    throw new UserError('crane', `crane is not built for ${platform}/${arch}`, {
      hint: 'give your own with `crane-path`',
    });
  }
  const cached = await findCached(version, asset, deps);
  return cached ?? (await fetchCrane(request, version, asset, deps));
}

function invalidVersion(text: string): UserError {
  return new UserError('crane', `\`crane-version\` is not a valid version: ${oneLine(text, 60)}`, {
    hint: `write it like ${DEFAULT_CRANE_VERSION}`,
  });
}

async function useGiven({ path, version: wanted }: CraneRequest, deps: InstallDeps): Promise<InstalledCrane> {
  const { version } = await askVersion(path, deps);
  if (version === null) {
    throw new UserError('crane', `\`crane-path\` does not run: ${oneLine(path, 200)}`, {
      hint: 'check that it is a crane for this platform and may be executed',
    });
  }
  if (wanted !== '' && parseVersion(wanted) !== version) {
    throw new UserError(
      'crane',
      `\`crane-path\` is crane ${version}, \`crane-version\` asks for ${oneLine(wanted, 60)}`,
      {
        hint: 'make the two agree or leave `crane-version` out',
      },
    );
  }
  if (wanted === '' && !isAtLeast(version, OLDEST_CRANE_VERSION)) {
    throw new UserError('crane', `\`crane-path\` is crane ${version}, which lacks security fixes`, {
      hint: `use ${OLDEST_CRANE_VERSION} or newer, or ask for this one with \`crane-version: ${version}\``,
    });
  }
  const note =
    version === DEFAULT_CRANE_VERSION ? '' : ` (this project is tested with ${DEFAULT_CRANE_VERSION})`;
  deps.log.info(`crane ${version} from \`crane-path\`${note}`);
  return { file: path, version };
}

/**
 * What `crane version` prints, without `v`: release builds leave it out, others print it. `unstarted` says why the machine does
 * not start it, and is empty where it does.
 */
type Answer = { readonly version: string | null; readonly unstarted: string };

async function askVersion(file: string, { env }: InstallDeps): Promise<Answer> {
  const ended = await runCommand({ file, args: versionArgs(), env, deadline: VERSION_DEADLINE });
  if (ended.how === 'unstarted') return { version: null, unstarted: ended.stderr };
  const isGood = ended.how === 'exit' && ended.code === 0;
  return { version: isGood ? parseVersion(ended.stdout) : null, unstarted: '' };
}

async function findCached(version: string, asset: Asset, deps: InstallDeps): Promise<InstalledCrane | null> {
  const folder = findFolder(version);
  if (folder === '') return null;
  const file = join(folder, asset.member);
  const bytes = await readFile(file).catch(() => null);
  const sum = await readFile(join(folder, SUM_FILE), 'utf8').catch(() => null);
  const fits = bytes !== null && (sum === null || sum.trim() === sha256(bytes));
  // Not run unless it fits: a binary that somebody changed is the one thing that must not be started.
  if (!fits || (await askVersion(file, deps)).version !== version) {
    deps.log.warning(`crane ${version} in the tool cache is not what was put there; it is fetched again`);
    return null;
  }
  const note = sum === null ? ', put there by hand (no checksum beside it)' : '';
  deps.log.info(`crane ${version} from the tool cache${note}`);
  return { file, version };
}

function findFolder(version: string): string {
  try {
    return find(TOOL, version);
  } catch {
    // Outside a runner there is no tool cache.
    return '';
  }
}

/** What is fetched: `url` is the archive, `sum` its sha256 in hex. */
type Release = {
  readonly version: string;
  readonly asset: Asset;
  readonly url: string;
  readonly sum: string;
};

async function fetchCrane(
  request: CraneRequest,
  version: string,
  asset: Asset,
  deps: InstallDeps,
): Promise<InstalledCrane> {
  const url = downloadUrl(request.downloadUrl, version, asset);
  const sum = request.checksum.toLowerCase() || pinnedChecksum(version, asset);
  if (sum === null) throw noChecksum(version, asset);
  const archive = await fetchArchive({ version, asset, url, sum }, deps);
  const staged = await stage(unpack(archive, asset, url), asset, deps.temp);
  const found = await askVersion(join(staged, asset.member), deps);
  if (found.unstarted === '' && found.version === version) {
    deps.log.info(`crane ${version} from ${withoutLogin(url)}`);
    await keep(staged, asset, version, deps);
    // Not the one in the cache: another job that fills it at the same time would take it from under this one's feet.
    return { file: join(staged, asset.member), version, staged };
  }
  await rm(staged, { recursive: true, force: true });
  if (found.unstarted !== '') throw forbidden(found.unstarted, deps);
  const crane = found.version === null ? 'a crane that does not run' : `crane ${found.version}`;
  throw new UserError('crane', `the archive at ${withoutLogin(url)} holds ${crane}, not ${version}`, {
    hint: 'make `crane-version`, `crane-download-url` and `crane-checksum` agree',
  });
}

/** A folder with the program, which may be executed, and its sum. */
async function stage(binary: Uint8Array, asset: Asset, temp: string): Promise<string> {
  const folder = await mkdtemp(join(temp, 'crane-'));
  const file = join(folder, asset.member);
  await writeFile(file, binary);
  await chmod(file, 0o755);
  await writeFile(join(folder, SUM_FILE), `${sha256(binary)}\n`);
  return folder;
}

function forbidden(why: string, { temp }: InstallDeps): UserError {
  return new UserError('crane', `crane was fetched, but cannot be started: ${oneLine(why, 200)}`, {
    hint: `let programs be started from ${temp}, which may be mounted \`noexec\`, or give an installed crane with \`crane-path\``,
  });
}

function noChecksum(version: string, asset: Asset): UserError {
  const base = `https://github.com/google/go-containerregistry/releases/download/v${version}`;
  return new UserError('crane', `the checksum of crane ${version} for ${formatAsset(asset)} is not known`, {
    hint:
      `add \`crane-checksum: <sha256>\` with the sum of go-containerregistry_${formatAsset(asset)}.tar.gz ` +
      `from ${base}/checksums.txt`,
  });
}

// Twice when it does not fit: a proxy may have cut the first.
async function fetchArchive(release: Release, deps: InstallDeps): Promise<Uint8Array> {
  const { url, sum } = release;
  let found = '';
  for (const _ of [1, 2]) {
    const archive = await deps.download(url).catch((thrown: unknown) => {
      throw unreachable(release, thrown);
    });
    found = sha256(archive);
    if (found === sum) return archive;
  }
  throw new UserError('crane', `the archive at ${withoutLogin(url)} has sha256 ${found}, not ${sum}`, {
    hint: 'check `crane-download-url` and `crane-checksum`; the archive was not unpacked',
  });
}

function unreachable({ url, version, asset }: Release, thrown: unknown): UserError {
  const cause = thrown instanceof Error ? thrown.message : String(thrown);
  const slot = `<tool cache>/crane/${version}/${process.arch}/${asset.member}`;
  return new UserError('crane', `crane cannot be fetched from ${withoutLogin(url)}: ${oneLine(cause, 200)}`, {
    cause: thrown,
    hint:
      `give an installed one with \`crane-path\`, put it at ${slot} beside ${process.arch}.complete, ` +
      'or name another address with `crane-download-url`',
  });
}

function unpack(archive: Uint8Array, asset: Asset, url: string): Buffer {
  try {
    const binary = extractMember(archive, asset.member);
    if (binary !== null) return binary;
  } catch (thrown) {
    throw new UserError('crane', `the archive at ${withoutLogin(url)} cannot be unpacked`, { cause: thrown });
  }
  throw new UserError('crane', `the archive at ${withoutLogin(url)} holds no file ${asset.member}`);
}

// Another job on this machine may have filled the cache meanwhile; `cacheDir` would delete it under that job's feet.
async function keep(staged: string, asset: Asset, version: string, deps: InstallDeps): Promise<void> {
  const other = findFolder(version);
  if (other !== '' && (await holds(other, asset, sha256(await readFile(join(staged, asset.member)))))) return;
  try {
    await cacheDir(staged, TOOL, version);
  } catch (thrown) {
    deps.log.warning(`crane is not kept in the tool cache: ${oneLine(String(thrown), 200)}`);
  }
}

async function holds(folder: string, asset: Asset, sum: string): Promise<boolean> {
  const bytes = await readFile(join(folder, asset.member)).catch(() => null);
  const noted = await readFile(join(folder, SUM_FILE), 'utf8').catch(() => null);
  return bytes !== null && sha256(bytes) === sum && noted?.trim() === sum;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
