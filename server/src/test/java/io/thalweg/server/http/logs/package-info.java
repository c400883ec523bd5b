/** Tests of the routes of logs that need their forms. */
@NullMarked
package io.thalweg.server.http.logs;

import org.jspecify.annotations.NullMarked;
