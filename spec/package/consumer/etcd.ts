import * as etcd from 'rx-leadership/stores/etcd';

export { etcd };
