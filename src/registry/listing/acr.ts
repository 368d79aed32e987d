// Azure Container Registry: the tags of the data plane, each with the digest that the registry serves for it. It takes a
// token with the right `metadata_read`; one that may only pull is refused.
// https://github.com/Azure/azure-sdk-for-js/tree/main/sdk/containerregistry/container-registry (tags: /acr/v1/{name}/_tags)

import { asObject } from '../../base/text/json.ts';
import { type ListingMember, pairsOf } from './member.ts';

const PAGE = 100;

export const ACR: ListingMember = {
  kind: 'acr',
  pageSize: PAGE,
  asks: 'metadata-read',
  first: (repository) => `/acr/v1/${repository}/_tags?n=${PAGE}`,
  read({ repository, body, link }) {
    const { imageName, tags: rows } = asObject(body) ?? {};
    const tags = pairsOf(rows, 'name', 'digest');
    // A list of another repository proves nothing of this one.
    if (tags === null || (imageName ?? repository) !== repository) return null;
    return { tags, next: link };
  },
};
