/** Tests of schemas and of what they write; random schemas and values for all tests of indexes. */
@NullMarked
package io.thalweg.index.schema;

import org.jspecify.annotations.NullMarked;
