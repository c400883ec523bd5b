@NullMarked
package io.thalweg.server.http.views;

import org.jspecify.annotations.NullMarked;
