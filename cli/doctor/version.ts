import { etcdAddress } from '../../stores/open-etcd.js';
import { parseStoreUrl } from '../../stores/store-url.js';
import { messageOf } from '../output.js';
import type { Finding } from './examinations.js';

/** Which server answers, where it tells that to anybody who asks. */
export async function examineVersion(url: string): Promise<Finding> {
  const what = 'version';
  const parsed = parseStoreUrl(url);
  if (parsed.scheme === 'file')
    return { level: 'ok', what, found: `Node ${process.version} on ${process.platform}` };
  if (parsed.scheme !== 'etcd' || parsed.tls)
    return { level: 'ok', what, found: 'not asked for: only etcd without TLS tells everybody' };
  try {
    const [host = ''] = etcdAddress(parsed, process.env).hosts;
    const answer = await fetch(`${host}/version`, { signal: AbortSignal.timeout(5_000) });
    const { etcdserver } = (await answer.json()) as { readonly etcdserver: string };
    const level = Number(etcdserver.split('.')[0]) >= 3 ? 'ok' : 'fail';
    return { level, what, found: `etcd ${etcdserver}, Node ${process.version}` };
  } catch (error) {
    return { level: 'warn', what, found: `not known: ${messageOf(error)}` };
  }
}
