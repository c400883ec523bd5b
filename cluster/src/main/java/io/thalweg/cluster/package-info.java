/**
 * The directory: tenants, users, keys, logs and views as a deterministic machine inside the directory's shard.
 */
@NullMarked
package io.thalweg.cluster;

import org.jspecify.annotations.NullMarked;
