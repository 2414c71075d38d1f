// SPDX-License-Identifier: Apache-2.0 OR MIT
// What plant.py writes in the place of operators: each asks whether its number is the one that is wrong now. In constant expressions none
// is.
#ifndef GMCHECK_HARNESS_BACKENDS_OPERATORS_PLANTED_H
#define GMCHECK_HARNESS_BACKENDS_OPERATORS_PLANTED_H

// A constant that was passed on is an int like every other, and what compares it with an unsigned number deserves no warning for that.
#pragma GCC system_header

#include <algorithm>

namespace gmc::operators {

// The number of the place that is wrong in this process; 0: none is.
inline int wrong_place = 0;

template <int Number>
constexpr bool is() {
  if
    consteval { return false; }
  else {
    return wrong_place == Number;
  }
}

#define GMC_PLANTED(name, right, wrong)              \
  template <int Number, class A, class B>            \
  constexpr auto name(const A& a, const B& b) {      \
    return is<Number>() ? (a wrong b) : (a right b); \
  }
GMC_PLANTED(lt, <, <=)
GMC_PLANTED(le, <=, <)
GMC_PLANTED(gt, >, >=)
GMC_PLANTED(ge, >=, >)
GMC_PLANTED(plus, +, -)
GMC_PLANTED(times, *, +)
GMC_PLANTED(over, /, *)
GMC_PLANTED(eq, ==, !=)
GMC_PLANTED(ne, !=, ==)
GMC_PLANTED(shl, <<, >>)
GMC_PLANTED(shr, >>, <<)
#undef GMC_PLANTED

// Pointers have a distance and no sum.
template <int Number, class A, class B>
constexpr auto minus(const A& a, const B& b) {
  if constexpr (requires { a + b; }) {
    return is<Number>() ? (a + b) : (a - b);
  } else {
    return is<Number>() ? b - a : a - b;
  }
}

#define GMC_PLANTED(name, right, wrong)   \
  template <int Number, class A, class B> \
  constexpr void name(A& a, const B& b) { \
    if (is<Number>()) {                   \
      a wrong b;                          \
    } else {                              \
      a right b;                          \
    }                                     \
  }
GMC_PLANTED(plus_to, +=, -=)
GMC_PLANTED(minus_from, -=, +=)
#undef GMC_PLANTED

// `a` and `b` are functions, so that the second is not asked where the first decides.
template <int Number, class A, class B>
constexpr bool both(const A& a, const B& b) {
  return is<Number>() ? (a() || b()) : (a() && b());
}
template <int Number, class A, class B>
constexpr bool either(const A& a, const B& b) {
  return is<Number>() ? (a() && b()) : (a() || b());
}
template <int Number, class A>
constexpr bool inverse(const A& a) {
  return is<Number>() ? static_cast<bool>(a) : !static_cast<bool>(a);
}

template <int Number, class A>
constexpr A min(const A& a, const A& b) {
  return is<Number>() ? std::max(a, b) : std::min(a, b);
}
template <int Number, class A>
constexpr A max(const A& a, const A& b) {
  return is<Number>() ? std::min(a, b) : std::max(a, b);
}

template <int Number, class A>
constexpr A one(A a) {
  return is<Number>() ? A{0} : a;
}

}  // namespace gmc::operators

#endif  // GMCHECK_HARNESS_BACKENDS_OPERATORS_PLANTED_H
