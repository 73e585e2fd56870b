// What the entries are built from: dot products of a few queries with many rows, and exp.
//
// bfloat16 rows are multiplied pairwise where the processor can (AVX512_BF16) and is quick at it,
// and widened to float elsewhere: even elements in one register, odd ones in the next. Without
// AVX-512 the loops are plain and left to the compiler.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#define WIDE 1
#include <immintrin.h>
#if defined(__AVX512BF16__) && !defined(SLOW_PAIRS)
#define PAIRS 1
#else
#define HALVES 1
#endif
#endif

namespace {

constexpr float NOTHING = -std::numeric_limits<float>::infinity();
constexpr int TOGETHER = 4;  // queries that share one reading of a row
constexpr int64_t WORTH_SHARING = 1 << 19;  // bytes; below, threads cost more than they save

struct Bf16 {
    uint16_t bits;
};

inline float widened(float x) { return x; }
inline float widened(Bf16 x) {
    const uint32_t bits = uint32_t(x.bits) << 16;
    float y;
    std::memcpy(&y, &bits, 4);
    return y;
}

inline void narrow(float x, float& y) { y = x; }
inline void narrow(float x, Bf16& y) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    if ((bits & 0x7fffffff) > 0x7f800000) bits = 0x7fc00000;  // NaN stays one
    else bits += 0x7fff + ((bits >> 16) & 1);                 // to nearest, ties to even
    y.bits = uint16_t(bits >> 16);
}

inline int64_t rounded_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

// How a query beside rows of T is laid out: how many elements it takes, and where element c lies.
template <class T>
inline int64_t packed_size(int64_t size) {
#ifdef HALVES
    if (std::is_same<T, Bf16>::value) return rounded_up(size, 32);
#endif
    return size;
}
template <class T>
inline int64_t packed_place(int64_t c) {
#ifdef HALVES
    if (std::is_same<T, Bf16>::value) return (c & ~31) | (c & 1) << 4 | (c & 31) >> 1;
#endif
    return c;
}

// exp for x <= 0, to 2 ulp; 0 below -87; NaN stays NaN. Without branches, so that it vectorises.
inline float exp_of(float x) {
    const float bounded = x < -87.f ? -87.f : x;
    const float shifted = bounded * 1.44269504f + 12582912.f;  // 1.5 * 2^23: rounds to an integer
    const float whole = shifted - 12582912.f;
    float rest = bounded - whole * 0.693359375f;
    rest -= whole * -2.12194440e-4f;
    float y = 1.9875691500e-4f;
    y = y * rest + 1.3981999507e-3f;
    y = y * rest + 8.3334519073e-3f;
    y = y * rest + 4.1665795894e-2f;
    y = y * rest + 1.6666665459e-1f;
    y = y * rest + 5.0000001201e-1f;
    y = y * rest * rest + rest + 1.f;
    int32_t bits;
    std::memcpy(&bits, &shifted, 4);
    bits = (bits + 127) << 23;  // the integer lies in the low bits of `shifted`
    float power;
    std::memcpy(&power, &bits, 4);
    return x < -87.f ? 0.f : y * power;
}

// Asks for rows that are read soon, so that memory works while the processor does. Into the second
// level: the first has too few lines on their way at once.
inline void fetch(const void* rows, int64_t stride, int64_t count, int64_t bytes) {
    const char* at = static_cast<const char*>(rows);
    if (stride == bytes) {
        bytes *= count;
        count = 1;
    }
    for (int64_t i = 0; i < count; ++i)
        for (int64_t j = 0; j < bytes; j += 64) __builtin_prefetch(at + i * stride + j, 0, 2);
}

#ifdef WIDE

inline __m512 exp_of(__m512 x) {
    const __m512 low = _mm512_set1_ps(-87.f);
    const __m512 bounded = _mm512_max_ps(low, x);  // the second operand where x is not a number
    const __m512 whole = _mm512_roundscale_ps(
        _mm512_mul_ps(bounded, _mm512_set1_ps(1.44269504f)), 0);
    __m512 rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(0.693359375f), bounded);
    rest = _mm512_fnmadd_ps(whole, _mm512_set1_ps(-2.12194440e-4f), rest);
    __m512 y = _mm512_set1_ps(1.9875691500e-4f);
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(1.3981999507e-3f));
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(8.3334519073e-3f));
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(4.1665795894e-2f));
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(1.6666665459e-1f));
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(5.0000001201e-1f));
    y = _mm512_fmadd_ps(_mm512_mul_ps(y, rest), rest, _mm512_add_ps(rest, _mm512_set1_ps(1.f)));
    y = _mm512_scalef_ps(y, whole);
    return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(x, low, _CMP_LT_OQ), _mm512_setzero_ps());
}

// Lane i of the result is the sum over the lanes of a[i].
inline __m512 sums(const __m512* a) {
    __m512 u[4];
    for (int i = 0; i < 4; ++i) {
        const __m512 x = _mm512_add_ps(_mm512_unpacklo_ps(a[4 * i], a[4 * i + 1]),
                                       _mm512_unpackhi_ps(a[4 * i], a[4 * i + 1]));
        const __m512 y = _mm512_add_ps(_mm512_unpacklo_ps(a[4 * i + 2], a[4 * i + 3]),
                                       _mm512_unpackhi_ps(a[4 * i + 2], a[4 * i + 3]));
        const __m512d dx = _mm512_castps_pd(x), dy = _mm512_castps_pd(y);
        u[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(dx, dy)),
                             _mm512_castpd_ps(_mm512_unpackhi_pd(dx, dy)));
    }
    const __m512 v = _mm512_add_ps(_mm512_shuffle_f32x4(u[0], u[1], 0x88),
                                   _mm512_shuffle_f32x4(u[0], u[1], 0xdd));
    const __m512 w = _mm512_add_ps(_mm512_shuffle_f32x4(u[2], u[3], 0x88),
                                   _mm512_shuffle_f32x4(u[2], u[3], 0xdd));
    return _mm512_add_ps(_mm512_shuffle_f32x4(v, w, 0x88), _mm512_shuffle_f32x4(v, w, 0xdd));
}

// Thirty-two, or the sixteen that are left and zeros.
inline __m512i some_of(const Bf16* x, int left) {
    return _mm512_maskz_loadu_epi16(left >= 32 ? 0xffffffffu : 0xffffu, x);
}

struct FloatStep {
    static constexpr int width = 16;
    using Lanes = __m512;
    static Lanes load(const float* x, int) { return _mm512_loadu_ps(x); }
    static __m512 add(__m512 sum, Lanes x, Lanes y) { return _mm512_fmadd_ps(x, y, sum); }
};

#ifdef PAIRS
struct PairStep {
    static constexpr int width = 32;
    using Lanes = __m512bh;
    static Lanes load(const Bf16* x, int left) { return (__m512bh)some_of(x, left); }
    static __m512 add(__m512 sum, Lanes x, Lanes y) { return _mm512_dpbf16_ps(sum, x, y); }
};
#endif

#ifdef HALVES
struct HalvesStep {
    static constexpr int width = 32;
    struct Lanes {
        __m512 even, odd;
    };
    static Lanes load(const float* x, int) { return {_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16)}; }
    static Lanes load(const Bf16* x, int left) {
        const __m512i both = some_of(x, left);
        return {_mm512_castsi512_ps(_mm512_slli_epi32(both, 16)),
                _mm512_castsi512_ps(_mm512_and_si512(both, _mm512_set1_epi32(0xffff0000)))};
    }
    static __m512 add(__m512 sum, const Lanes& x, const Lanes& y) {
        return _mm512_fmadd_ps(x.odd, y.odd, _mm512_fmadd_ps(x.even, y.even, sum));
    }
};
#endif

// q·r of 4 queries and 4 rows; lane 4g + i holds query g, row i. SIZE 0: known at run time only.
template <class Step, int SIZE, class T, class Q>
inline __m512 sixteen(const T* const rows[4], const Q* queries, int given) {
    const int size = SIZE ? SIZE : given;
    const int apart = int(packed_size<T>(size));
    __m512 a[16];
    for (int i = 0; i < 16; ++i) a[i] = _mm512_setzero_ps();
#pragma GCC unroll 16
    for (int c = 0; c < size; c += Step::width) {
        typename Step::Lanes r[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) r[i] = Step::load(rows[i] + c, size - c);
#pragma GCC unroll 4
        for (int g = 0; g < 4; ++g) {
            const auto q = Step::load(queries + g * apart + c, size - c);
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) a[4 * g + i] = Step::add(a[4 * g + i], q, r[i]);
        }
    }
    return sums(a);
}

template <class Step, int SIZE, class T, class Q>
void dots_wide(const T* rows, int64_t stride, int count, const Q* queries, int size, float scale,
               float* out, int64_t out_stride) {
    for (int at = 0; at < count; at += 4) {
        const T* four[4];
        for (int i = 0; i < 4; ++i) four[i] = rows + std::min(at + i, count - 1) * stride;
        const __m512 x = _mm512_mul_ps(sixteen<Step, SIZE>(four, queries, size),
                                       _mm512_set1_ps(scale));
        _mm_storeu_ps(out + at, _mm512_extractf32x4_ps(x, 0));
        _mm_storeu_ps(out + out_stride + at, _mm512_extractf32x4_ps(x, 1));
        _mm_storeu_ps(out + 2 * out_stride + at, _mm512_extractf32x4_ps(x, 2));
        _mm_storeu_ps(out + 3 * out_stride + at, _mm512_extractf32x4_ps(x, 3));
    }
}

template <class Step, class T, class Q>
void dots_any(const T* rows, int64_t stride, int count, const Q* queries, int size, float scale,
              float* out, int64_t out_stride) {
    auto run = dots_wide<Step, 0, T, Q>;
    if (size == 64) run = dots_wide<Step, 64, T, Q>;
    if (size == 128) run = dots_wide<Step, 128, T, Q>;
    if (size == 256) run = dots_wide<Step, 256, T, Q>;
    run(rows, stride, count, queries, size, scale, out, out_stride);
}
#endif

// scale · q·r of TOGETHER queries and some rows.
//
// rows: [count, size], stride in elements; queries: [TOGETHER, size], laid out as packed_size and
// packed_place say;
// out: [TOGETHER, out_stride], written up to the next multiple of 4 behind count.
inline void dots(const float* rows, int64_t stride, int count, const float* queries, int size,
                 float scale, float* out, int64_t out_stride) {
#ifdef WIDE
    dots_any<FloatStep>(rows, stride, count, queries, size, scale, out, out_stride);
#else
    for (int at = 0; at < count; ++at) {
        const float* row = rows + at * stride;
        for (int g = 0; g < TOGETHER; ++g) {
            const float* query = queries + g * size;
            float parts[16] = {};
            for (int c = 0; c < size; c += 16)
                for (int i = 0; i < 16; ++i) parts[i] += query[c + i] * row[c + i];
            for (int step = 8; step; step /= 2)
                for (int i = 0; i < step; ++i) parts[i] += parts[i + step];
            out[g * out_stride + at] = parts[0] * scale;
        }
    }
#endif
}

#ifdef PAIRS
using Asked = Bf16;  // what queries are packed as beside bfloat16 rows
inline void dots(const Bf16* rows, int64_t stride, int count, const Bf16* queries, int size,
                 float scale, float* out, int64_t out_stride) {
    dots_any<PairStep>(rows, stride, count, queries, size, scale, out, out_stride);
}
#elif defined(HALVES)
using Asked = float;
inline void dots(const Bf16* rows, int64_t stride, int count, const float* queries, int size,
                 float scale, float* out, int64_t out_stride) {
    dots_any<HalvesStep>(rows, stride, count, queries, size, scale, out, out_stride);
}
#else
using Asked = float;
inline void dots(const Bf16* rows, int64_t stride, int count, const float* queries, int size,
                 float scale, float* out, int64_t out_stride) {
    constexpr int SOME = 16;
    float wide[SOME * 512];
    for (int at = 0; at < count; at += SOME) {
        const int now = std::min(SOME, count - at);
        for (int i = 0; i < now; ++i) {
            const Bf16* row = rows + (at + i) * stride;
            for (int c = 0; c < size; ++c) wide[i * size + c] = widened(row[c]);
        }
        dots(wide, size, now, queries, size, scale, out + at, out_stride);
    }
}
#endif

template <class T>
struct Packed {
    using Query = T;
};
template <>
struct Packed<Bf16> {
    using Query = Asked;
};

}  // namespace
