@NullMarked
package io.thalweg.cli.node;

import org.jspecify.annotations.NullMarked;
