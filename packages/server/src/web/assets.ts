/** What pages are drawn with: files of the package, under names that change with their contents. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const FOLDER = new URL('../../assets/', import.meta.url);
const FOR_EVER = 'public, max-age=31536000, immutable';

const TYPES = {
  'pages.css': 'text/css; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type AssetName = keyof typeof TYPES;

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

const ASSETS = Object.fromEntries(
  Object.entries(TYPES).map(([name, type]) => {
    const content = readFileSync(new URL(name, FOLDER));
    const version = createHash('sha256').update(content).digest('hex').slice(0, 12);
    return [name, { path: `/assets/${version}/${name}`, type, content }];
  }),
) as Readonly<Record<AssetName, Asset>>;

/** Where an asset is. */
export function assetPath(name: AssetName): string {
  return ASSETS[name].path;
}

/** Adds the routes. */
export function assetRoutes(pages: FastifyInstance): void {
  for (const { path, type, content } of Object.values(ASSETS)) {
    pages.get(path, async (_request, reply) =>
      reply.header('Cache-Control', FOR_EVER).type(type).send(content),
    );
  }
}
