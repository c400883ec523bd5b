@NullMarked
package io.thalweg.cli.local;

import org.jspecify.annotations.NullMarked;
