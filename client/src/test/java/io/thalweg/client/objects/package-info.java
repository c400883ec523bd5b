@NullMarked
package io.thalweg.client.objects;

import org.jspecify.annotations.NullMarked;
