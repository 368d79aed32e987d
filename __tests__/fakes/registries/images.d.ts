// The types of demo/images.mjs, which is plain JavaScript because the demo runs it before anything is installed.

declare module '*/demo/images.mjs' {
  export type Content = { readonly digest: string; readonly mediaType: string; readonly bytes: Buffer };
  export type Child = Content & { readonly platform: string; readonly symbol: string };
  export type Image = {
    readonly index: Content;
    readonly manifests: readonly Child[];
    readonly blobs: readonly Content[];
  };
  export type ImageOptions = {
    platforms?: Readonly<Record<string, string>>;
    attestations?: boolean;
    mediaTypes?: 'oci' | 'docker';
    layerBytes?: number;
    annotations?: Readonly<Record<string, string>>;
    labels?: Readonly<Record<string, string>>;
  };
  export function image(name: string, options?: ImageOptions): Image;
  export function push(
    baseUrl: string,
    repository: string,
    made: Image,
    tags: readonly string[],
    options?: { headers?: Readonly<Record<string, string>> },
  ): Promise<void>;
}

declare module '*/bring.mjs' {
  export function craneAsset(platform: string, arch: string): { name: string; member: string };
  export function craneVersion(root: string): string;
}
