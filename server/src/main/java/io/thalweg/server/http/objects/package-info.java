/** Topics, objects and memos over HTTP: the causal door. */
@NullMarked
package io.thalweg.server.http.objects;

import org.jspecify.annotations.NullMarked;
