/** Tests of what the doors of objects keep. */
@NullMarked
package io.thalweg.server.http.objects;

import org.jspecify.annotations.NullMarked;
