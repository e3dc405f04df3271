/**
 * What pages are drawn with: files of the package, in a folder whose name changes with their contents: scripts import
 * one another.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const FOLDER = new URL('../../assets/', import.meta.url);
const FOR_EVER = 'public, max-age=31536000, immutable';

const TYPES = {
  'pages.css': 'text/css; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'morph.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type AssetName = keyof typeof TYPES;

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
}

const FILES = Object.entries(TYPES).map(([name, type]) => ({
  name,
  type,
  content: readFileSync(new URL(name, FOLDER)),
}));

const VERSION = FILES.reduce((hash, { content }) => hash.update(content), createHash('sha256'))
  .digest('hex')
  .slice(0, 12);

const ASSETS: readonly Asset[] = FILES.map(({ name, type, content }) => ({
  path: `/assets/${VERSION}/${name}`,
  type,
  content,
}));

/** Where an asset is. */
export function assetPath(name: AssetName): string {
  return `/assets/${VERSION}/${name}`;
}

/** Adds the routes. */
export function assetRoutes(pages: FastifyInstance): void {
  for (const { path, type, content } of ASSETS) {
    pages.get(path, async (_request, reply) =>
      reply.header('Cache-Control', FOR_EVER).type(type).send(content),
    );
  }
}
