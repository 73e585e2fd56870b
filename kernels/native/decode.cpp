// One query per head, from the search for blocks to the output, in heads that may see differently.
#include <vector>

#include "records.h"

namespace {

inline const void* moved(const void* from, int64_t elements, const Attend& a) {
    return static_cast<const char*>(from) + elements * (a.bf16 ? 2 : 4);
}

// What the heads of a run are asked, beginning with the key head `first` of the whole call.
Attend part_of(const Attend& whole, const Run& run, int64_t first) {
    Attend a = whole;
    a.heads = run.heads;
    a.query = moved(a.query, first * a.groups * a.query_head, a);
    a.key = moved(a.key, first * a.key_head, a);
    a.value = moved(a.value, first * a.value_head, a);
    a.mixed = const_cast<void*>(moved(a.mixed, first * a.groups * a.value_size, a));
    a.sinks = run.start;
    a.near = run.end;
    a.block = run.block;
    return a;
}

Choose choice_of(const Attend& a, const Run& run, int64_t fan, int64_t* chosen) {
    Choose c = {};
    c.bf16 = a.bf16;
    c.query = a.query;
    c.blocks = run.blocks;
    c.supers = run.supers;
    c.chosen = chosen;
    c.batch = a.batch;
    c.heads = a.heads;
    c.groups = a.groups;
    c.size = a.size;
    c.query_row = a.query_row;
    c.query_head = a.query_head;
    c.blocks_row = run.blocks_row;
    c.blocks_head = run.blocks_head;
    c.blocks_step = run.blocks_step;
    c.supers_row = run.supers_row;
    c.supers_head = run.supers_head;
    c.supers_step = run.supers_step;
    c.low = run.start / run.block;
    c.high = run.end / run.block;
    c.count = run.count;
    c.fan = fan;
    c.supers_count = run.supers_count;
    c.limit = run.limit;
    c.threads = a.threads;
    return c;
}

}  // namespace

extern "C" void egobutler_decode(const void* record) {
    const Decode& d = *static_cast<const Decode*>(record);
    static thread_local std::vector<int64_t> chosen;
    int64_t first = 0;
    for (int64_t i = 0; i < d.runs; ++i) {
        const Run& run = d.run[i];
        Attend a = part_of(d.whole, run, first);
        if (run.count) {
            chosen.resize(a.batch * a.heads * run.count);
            const Choose c = choice_of(a, run, d.fan, chosen.data());
            egobutler_choose(&c);
            a.chosen = chosen.data();
            a.chosen_row = a.heads * run.count;
            a.chosen_head = run.count;
            a.chosen_step = 1;
            a.chosen_count = run.count;
        }
        egobutler_attend(&a);
        first += run.heads;
    }
}
