import type { Link } from './client-link.js';
import { codes, isFailure } from './codes.js';
import { lineage } from './nodes.js';

/**
 * Makes the nodes of a path that are missing, each as a container: the server removes it some time
 * after its last child has gone. A server that knows no containers gets plain nodes, which stay.
 */
export async function makeParents(link: Link, path: string): Promise<void> {
  for (const each of lineage(path)) {
    if ((await link.exists(each)) !== null) continue;
    try {
      await link.createContainer(each).catch((error: unknown) => {
        if (!isFailure(error, codes.unimplemented, codes.badArguments)) throw error;
        return link.createNode(each);
      });
    } catch (error) {
      if (!isFailure(error, codes.nodeExists)) throw error;
    }
  }
}
