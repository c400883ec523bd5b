@NullMarked
package io.thalweg.cluster.datastore;

import org.jspecify.annotations.NullMarked;
