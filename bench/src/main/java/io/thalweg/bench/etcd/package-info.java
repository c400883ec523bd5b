/** etcd as Debian has it: one member, or three that are one cluster. What puts values into it is {@link io.thalweg.bench.load.EtcdConnection}. */
@NullMarked
package io.thalweg.bench.etcd;

import org.jspecify.annotations.NullMarked;
