// A recording proxy in front of a mirror that lets one manifest be written at a time, and looks at the registry behind it
// before the first and after each, so before the next: which digests have a name, by a tag or through an index that has one.

import { request as ask, createServer } from 'node:http';

type Held = {
  /** `127.0.0.1:port`, to be written where the registry's own host would be. */
  readonly host: string;
  /** Writes of manifests so far. */
  writes(): number;
  stop(): Promise<void>;
};

const WRITES = ['PUT', 'DELETE', 'PATCH', 'POST'];

/**
 * Passes everything on to `target`. `look` is awaited before the first write of a manifest, with 0, and after each and before
 * its answer, with its number.
 */
export async function startHeld(target: string, look: (number: number) => Promise<void>): Promise<Held> {
  let number = 0;
  let turn = Promise.resolve();
  const server = createServer((request, response) => {
    const { url = '/', method = 'GET' } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const isWrite = WRITES.includes(method) && url.includes('/manifests/');
      const pass = async (): Promise<void> => {
        const own = isWrite ? ++number : 0;
        if (own === 1) await look(0);
        const answer = await forward(target, {
          method,
          url,
          headers: request.headers,
          body: Buffer.concat(chunks),
        });
        if (isWrite) await look(own);
        response.writeHead(answer.status, answer.headers).end(answer.body);
      };
      const failed = (): void => {
        response.destroy();
      };
      if (isWrite) turn = turn.then(pass).catch(failed);
      else pass().catch(failed);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    writes: () => number,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type Passed = { method: string; url: string; headers: object; body: Buffer };
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

function forward(target: string, { method, url, headers, body }: Passed): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = ask(`http://${target}${url}`, { method, headers: { ...headers } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(',');

type Named = { readonly tag: string; readonly digest: string; readonly children: readonly string[] };

/** What every tag of a repository leads to, read from the registry itself. */
async function named(url: string, repository: string): Promise<Named[]> {
  const answer = await fetch(`${url}/v2/${repository}/tags/list`);
  const { tags } = answer.ok ? ((await answer.json()) as { tags: string[] | null }) : { tags: [] };
  return Promise.all((tags ?? []).map(async (tag) => ({ tag, ...(await manifestAt(url, repository, tag)) })));
}

/** The digest of every tag of a repository. */
export async function tagsOf(url: string, repository: string): Promise<Record<string, string>> {
  return Object.fromEntries((await named(url, repository)).map(({ tag, digest }) => [tag, digest]));
}

/** Every digest that a tag leads to: its own, and those that its index lists. */
export async function reachable(url: string, repository: string): Promise<ReadonlySet<string>> {
  return new Set((await named(url, repository)).flatMap(({ digest, children }) => [digest, ...children]));
}

async function manifestAt(url: string, repository: string, tag: string) {
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, { headers: { Accept: ACCEPT } });
  const { manifests = [] } = (await answer.json()) as { manifests?: { digest: string }[] };
  const digest = answer.headers.get('docker-content-digest') ?? '';
  return { digest, children: manifests.map((one) => one.digest) };
}
