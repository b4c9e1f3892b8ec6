import type { Interceptor } from './client.js';
import type { Login } from './login.js';
import type { OpenCalls } from './open-calls.js';

/**
 * What is done to each call of a connection: all by one interceptor, as each costs time.
 *
 * A member that has lost its leader goes on answering what it can alone, and tells nothing of what
 * the others do. So it is asked to end its streams then.
 */
export function interceptorOf(login: Login, calls: OpenCalls): Interceptor {
  return (options, nextCall) => {
    const isStream = options.method_definition.responseStream;
    const call = nextCall(options);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      if (isStream) metadata.set('hasleader', 'true');
      const token = login.sign(metadata);
      const ended = isStream ? undefined : calls.add(call);
      start(metadata, {
        ...listener,
        onReceiveStatus: (status) => {
          ended?.();
          listener?.onReceiveStatus?.(login.ended(token, status));
        },
      });
    };
    return call as never; // typed as a class, used as an interface
  };
}
