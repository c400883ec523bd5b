@NullMarked
package io.thalweg.server.http.cluster;

import org.jspecify.annotations.NullMarked;
