/** Tests of queries. */
@NullMarked
package io.thalweg.view.java.query;

import org.jspecify.annotations.NullMarked;
