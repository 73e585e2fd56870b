// What Python writes of a call; every field is 8 bytes wide, strides are in elements.
#pragma once

#include <cstdint>

namespace {

struct Attend {
    int64_t bf16;
    const void *query, *key, *value;
    const int64_t* chosen;
    void* mixed;
    float* log_sum;  // null: not wanted
    int64_t batch, heads, groups, size, value_size, length;
    int64_t query_row, query_head;
    int64_t key_row, key_head, key_token;
    int64_t value_row, value_head, value_token;
    int64_t mixed_row;
    int64_t chosen_row, chosen_head, chosen_step, chosen_count;
    int64_t sinks, near, block, threads;
    double scale;
};

struct Choose {
    int64_t bf16;
    const void *query, *blocks, *supers;
    int64_t *chosen, *opened;
    int64_t batch, heads, groups, size;
    int64_t query_row, query_head;
    int64_t blocks_row, blocks_head, blocks_step;
    int64_t supers_row, supers_head, supers_step;
    int64_t low, high, count;
    int64_t fan, supers_count, limit, threads;  // supers_count 0: every block is scored
};

// Neighbouring key heads that see alike: keys before `start`, from `end` on, and the `count` best
// blocks between them.
struct Run {
    int64_t heads, start, end, block, count;
    const void *blocks, *supers;
    int64_t blocks_row, blocks_head, blocks_step;
    int64_t supers_row, supers_head, supers_step;
    int64_t supers_count, limit;
};

// All heads of a call; the runs follow.
struct Decode {
    Attend whole;
    int64_t fan, runs;
    Run run[1];
};

}  // namespace

extern "C" {
void egobutler_attend(const void* record);  // one Attend
void egobutler_choose(const void* record);  // one Choose
void egobutler_decode(const void* record);  // one Decode
}
