// The objects and branches of a git repository in memory: blobs, trees, commits, refs. Trees are kept flat, from path
// to file, and have names of their own making: nothing here computes what real git would, except for blobs.

import { createHash } from 'node:crypto';

export type Files = Readonly<Record<string, string | { readonly mode: string; readonly text: string }>>;
export type Entry = { readonly mode: string; readonly sha: string };
export type Tree = ReadonlyMap<string, Entry>;
export type Commit = { readonly tree: string; readonly parents: readonly string[]; readonly message: string };

export class GitStore {
  readonly refs = new Map<string, string>();
  /** Content in base64, as the API gives it. */
  readonly blobs = new Map<string, string>();
  readonly trees = new Map<string, Tree>();
  readonly commits = new Map<string, Commit>();

  treeOf(commit: string): Tree {
    return this.trees.get(this.commits.get(commit)?.tree ?? '') ?? new Map();
  }

  read(commit: string, path: string): string | null {
    const sha = this.treeOf(commit).get(path)?.sha;
    return sha === undefined ? null : Buffer.from(this.blobs.get(sha) ?? '', 'base64').toString();
  }

  isAncestor(old: string, sha: string): boolean {
    const parents = this.commits.get(sha)?.parents ?? [];
    return old === sha || parents.some((parent) => this.isAncestor(old, parent));
  }

  /** The newest commit that both come from. */
  parting(a: string, b: string): string {
    if (this.isAncestor(a, b)) return a;
    const parents = this.commits.get(a)?.parents ?? [];
    return parents.map((parent) => this.parting(parent, b)).find((found) => found !== '') ?? '';
  }

  /** The files that differ, with the lines that go and those that come. */
  changes(from: string, to: string): { filename: string; status: string; patch: string }[] {
    const [before, after] = [this.treeOf(from), this.treeOf(to)];
    const changed = [...after].filter(([path, { sha }]) => before.get(path)?.sha !== sha);
    return changed.map(([filename]) => {
      const [was, is] = [from, to].map((commit) => (this.read(commit, filename) ?? '').split('\n'));
      const gone = (was ?? []).filter((line) => is?.includes(line) !== true).map((line) => `-${line}`);
      const come = (is ?? []).filter((line) => was?.includes(line) !== true).map((line) => `+${line}`);
      const status = before.has(filename) ? 'modified' : 'added';
      return { filename, status, patch: ['@@ -1 +1 @@', ...gone, ...come].join('\n') };
    });
  }

  /** One commit with these files on top of another, or the first one. */
  add(parent: string | null, files: Files, message: string): string {
    const added = Object.entries(files).map(([path, file]): [string, Entry] => {
      const { mode, text } = typeof file === 'string' ? { mode: '100644', text: file } : file;
      return [path, { mode, sha: this.keepBlob(text) }];
    });
    const tree = this.keepTree(new Map([...(parent === null ? [] : this.treeOf(parent)), ...added]));
    return this.keepCommit({ tree, parents: parent === null ? [] : [parent], message });
  }

  /** A merge commit: what `head` has other than `base` goes on top of it. */
  merge(base: string, head: string, message: string): string {
    const old = this.treeOf(base);
    const changed = [...this.treeOf(head)].filter(([path, { sha }]) => old.get(path)?.sha !== sha);
    return this.keepCommit({
      tree: this.keepTree(new Map([...old, ...changed])),
      parents: [base, head],
      message,
    });
  }

  keepBlob(content: string): string {
    const sha = sha1(`blob ${Buffer.byteLength(content)}\0${content}`);
    this.blobs.set(sha, Buffer.from(content).toString('base64'));
    return sha;
  }

  keepTree(tree: Tree): string {
    const sha = sha1(JSON.stringify([...tree].sort()));
    this.trees.set(sha, tree);
    return sha;
  }

  /** Two equal commits have two names, as their dates are others. */
  keepCommit(commit: Commit): string {
    const sha = sha1(JSON.stringify([commit, this.commits.size]));
    this.commits.set(sha, commit);
    return sha;
  }

  /** The entries of a tree as git has them, folder by folder; null when there is no such tree. */
  list(sha: string): readonly object[] | null {
    const tree = this.trees.get(sha);
    if (tree === undefined) return null;
    const deep = [...tree].filter(([path]) => path.includes('/'));
    const folders = Map.groupBy(deep, ([path]) => path.slice(0, path.indexOf('/')));
    const inside = [...folders].map(([path, entries]) => {
      const flat = new Map(entries.map(([name, entry]) => [name.slice(path.length + 1), entry]));
      return { path, mode: '040000', type: 'tree', sha: this.keepTree(flat) };
    });
    const files = [...tree].filter(([path]) => !path.includes('/'));
    return [...inside, ...files.map(([path, entry]) => ({ path, type: 'blob', ...entry }))];
  }
}

function sha1(value: string): string {
  return createHash('sha1').update(value).digest('hex');
}
