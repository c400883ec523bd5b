@NullMarked
package io.thalweg.cluster.certificate;

import org.jspecify.annotations.NullMarked;
