/** What pages are drawn with: files of the package, under names that change with their contents. */

import { hash } from 'node:crypto';
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

const ASSETS: Readonly<Record<AssetName, Asset>> = {
  'pages.css': readAsset('pages.css'),
  'live.js': readAsset('live.js'),
  'icon.svg': readAsset('icon.svg'),
};

function readAsset(name: AssetName): Asset {
  const content = readFileSync(new URL(name, FOLDER));
  const version = hash('sha256', content, 'hex').slice(0, 12);
  return { path: `/assets/${version}/${name}`, type: TYPES[name], content };
}

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
