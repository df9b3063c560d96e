"""Arithmetic, comparison, logic and rounding, one element at a time."""

FACTS = "POINTWISE"

ROWS = """
abs.default(Tensor self) -> Tensor  # |self|; of a complex number its modulus
neg.default(Tensor self) -> Tensor  # -self
positive.default(Tensor(a) self) -> Tensor(a)  # self !MAYBE_VIEW
sign.default(Tensor self) -> Tensor  # -1, 0 or 1; NaN stays NaN
sgn.default(Tensor self) -> Tensor  # self / |self|, and 0 at 0
signbit.default(Tensor self) -> Tensor  # whether the sign bit is set, so true for -0.0
add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor  # self + alpha * other
add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor  # self + alpha * other
sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor  # self - alpha * other
sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor  # self - alpha * other
rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor  # other - alpha * self
rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor  # other - alpha * self
mul.Scalar(Tensor self, Scalar other) -> Tensor  # self * other
mul.Tensor(Tensor self, Tensor other) -> Tensor  # self * other
div.Scalar(Tensor self, Scalar other) -> Tensor  # self / other, rounded by rounding_mode (None, "trunc", "floor"); integers give floats when None
div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor  # self / other, rounded by rounding_mode (None, "trunc", "floor"); integers give floats when None
div.Tensor(Tensor self, Tensor other) -> Tensor  # self / other, rounded by rounding_mode (None, "trunc", "floor"); integers give floats when None
div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor  # self / other, rounded by rounding_mode (None, "trunc", "floor"); integers give floats when None
true_divide.Scalar(Tensor self, Scalar other) -> Tensor  # self / other; integers give floats
true_divide.Tensor(Tensor self, Tensor other) -> Tensor  # self / other; integers give floats
floor_divide.default(Tensor self, Tensor other) -> Tensor  # floor(self / other)
floor_divide.Scalar(Tensor self, Scalar other) -> Tensor  # floor(self / other)
remainder.Scalar(Tensor self, Scalar other) -> Tensor  # self - other * floor(self / other), the sign of other
remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self - other * floor(self / other), the sign of other
remainder.Tensor(Tensor self, Tensor other) -> Tensor  # self - other * floor(self / other), the sign of other
fmod.Scalar(Tensor self, Scalar other) -> Tensor  # self - other * trunc(self / other), the sign of self
fmod.Tensor(Tensor self, Tensor other) -> Tensor  # self - other * trunc(self / other), the sign of self
reciprocal.default(Tensor self) -> Tensor  # 1 / self; integers give floats
pow.Scalar(Scalar self, Tensor exponent) -> Tensor  # self ** exponent
pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor  # self ** exponent
pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor  # self ** exponent
float_power.Scalar(Scalar self, Tensor exponent) -> Tensor  # self ** exponent, computed in f64 or c128
float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor  # self ** exponent, computed in f64 or c128
float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor  # self ** exponent, computed in f64 or c128
square.default(Tensor self) -> Tensor  # self * self
sqrt.default(Tensor self) -> Tensor  # square root; integers give floats
rsqrt.default(Tensor self) -> Tensor  # 1 / sqrt(self); integers give floats
ceil.default(Tensor self) -> Tensor  # least integer not below self
floor.default(Tensor self) -> Tensor  # greatest integer not above self
trunc.default(Tensor self) -> Tensor  # self without its fraction
round.default(Tensor self) -> Tensor  # nearest integer, ties to even; at `decimals` digits
round.decimals(Tensor self, *, int decimals) -> Tensor  # nearest integer, ties to even; at `decimals` digits
frac.default(Tensor self) -> Tensor  # self - trunc(self)
fmax.default(Tensor self, Tensor other) -> Tensor  # the greater; a number wins over NaN
fmin.default(Tensor self, Tensor other) -> Tensor  # the less; a number wins over NaN
maximum.default(Tensor self, Tensor other) -> Tensor  # the greater; NaN wins
minimum.default(Tensor self, Tensor other) -> Tensor  # the less; NaN wins
max.other(Tensor self, Tensor other) -> Tensor  # the greater; NaN wins
min.other(Tensor self, Tensor other) -> Tensor  # the less; NaN wins
clamp.default(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor  # min(max(self, min), max); a None bound is none; NaN stays
clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor  # min(max(self, min), max); a None bound is none; NaN stays
clamp_min.default(Tensor self, Scalar min) -> Tensor  # max(self, min)
clamp_min.Tensor(Tensor self, Tensor min) -> Tensor  # max(self, min)
clamp_max.default(Tensor self, Scalar max) -> Tensor  # min(self, max)
clamp_max.Tensor(Tensor self, Tensor max) -> Tensor  # min(self, max)
clip.default(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor  # min(max(self, min), max)
clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor  # min(max(self, min), max)
eq.Scalar(Tensor self, Scalar other) -> Tensor  # self == other, a bool
eq.Tensor(Tensor self, Tensor other) -> Tensor  # self == other, a bool
ne.Scalar(Tensor self, Scalar other) -> Tensor  # self != other, a bool
ne.Tensor(Tensor self, Tensor other) -> Tensor  # self != other, a bool
lt.Scalar(Tensor self, Scalar other) -> Tensor  # self < other, a bool
lt.Tensor(Tensor self, Tensor other) -> Tensor  # self < other, a bool
le.Scalar(Tensor self, Scalar other) -> Tensor  # self <= other, a bool
le.Tensor(Tensor self, Tensor other) -> Tensor  # self <= other, a bool
gt.Scalar(Tensor self, Scalar other) -> Tensor  # self > other, a bool
gt.Tensor(Tensor self, Tensor other) -> Tensor  # self > other, a bool
ge.Scalar(Tensor self, Scalar other) -> Tensor  # self >= other, a bool
ge.Tensor(Tensor self, Tensor other) -> Tensor  # self >= other, a bool
isnan.default(Tensor self) -> Tensor  # whether NaN
isinf.default(Tensor self) -> Tensor  # whether an infinity
isfinite.default(Tensor self) -> Tensor  # whether neither infinite nor NaN
isneginf.default(Tensor self) -> Tensor  # whether -inf
isposinf.default(Tensor self) -> Tensor  # whether +inf
isreal.default(Tensor self) -> Tensor  # whether the imaginary part is 0
isclose.default(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> Tensor  # |self - other| <= atol + rtol * |other|
logical_and.default(Tensor self, Tensor other) -> Tensor  # both nonzero
logical_or.default(Tensor self, Tensor other) -> Tensor  # either nonzero
logical_xor.default(Tensor self, Tensor other) -> Tensor  # exactly one nonzero
logical_not.default(Tensor self) -> Tensor  # whether zero
bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor  # self & other
bitwise_and.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self & other
bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor  # self & other
bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor  # self | other
bitwise_or.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self | other
bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor  # self | other
bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor  # self ^ other
bitwise_xor.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self ^ other
bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor  # self ^ other
bitwise_not.default(Tensor self) -> Tensor  # ~self; of a bool its negation
bitwise_left_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self << other
bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor  # self << other
bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor  # self << other
bitwise_right_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor  # self >> other, arithmetic for signed integers
bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor  # self >> other, arithmetic for signed integers
bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor  # self >> other, arithmetic for signed integers
__and__.Scalar(Tensor self, Scalar other) -> Tensor  # self & other
__and__.Tensor(Tensor self, Tensor other) -> Tensor  # self & other
__or__.Scalar(Tensor self, Scalar other) -> Tensor  # self | other
__or__.Tensor(Tensor self, Tensor other) -> Tensor  # self | other
__xor__.Scalar(Tensor self, Scalar other) -> Tensor  # self ^ other
__xor__.Tensor(Tensor self, Tensor other) -> Tensor  # self ^ other
__lshift__.Scalar(Tensor self, Scalar other) -> Tensor  # self << other
__lshift__.Tensor(Tensor self, Tensor other) -> Tensor  # self << other
__rshift__.Scalar(Tensor self, Scalar other) -> Tensor  # self >> other
__rshift__.Tensor(Tensor self, Tensor other) -> Tensor  # self >> other
gcd.default(Tensor self, Tensor other) -> Tensor  # greatest common divisor
lcm.default(Tensor self, Tensor other) -> Tensor  # least common multiple
copysign.Scalar(Tensor self, Scalar other) -> Tensor  # |self| with the sign bit of other
copysign.Tensor(Tensor self, Tensor other) -> Tensor  # |self| with the sign bit of other
nextafter.default(Tensor self, Tensor other) -> Tensor  # the float next to self in the direction of other
ldexp.Tensor(Tensor self, Tensor other) -> Tensor  # self * 2**other
frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)  # (mantissa, exponent) with self == mantissa * 2**exponent
heaviside.default(Tensor self, Tensor values) -> Tensor  # 0 below 0, values at 0, 1 above
where.self(Tensor condition, Tensor self, Tensor other) -> Tensor  # self where condition, else other
where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor  # self where condition, else other
where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor  # self where condition, else other
where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor  # self where condition, else other
masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor  # value where mask, else self
masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor  # value where mask, else self
fill.Scalar(Tensor self, Scalar value) -> Tensor  # value everywhere, in the shape of self
fill.Tensor(Tensor self, Tensor value) -> Tensor  # value everywhere, in the shape of self
lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor  # self + weight * (end - self)
lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor  # self + weight * (end - self)
addcmul.default(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor  # self + value * tensor1 * tensor2
addcdiv.default(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor  # self + value * tensor1 / tensor2
nan_to_num.default(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor  # NaN, +inf, -inf replaced by nan, posinf, neginf
clone.default(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor  # a copy of self, in memory_format
_to_copy.default(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor  # a copy of self in another dtype, layout or device
deg2rad.default(Tensor self) -> Tensor  # self * pi / 180
rad2deg.default(Tensor self) -> Tensor  # self * 180 / pi
angle.default(Tensor self) -> Tensor  # argument of a complex number; pi for negative reals
conj_physical.default(Tensor self) -> Tensor  # complex conjugate, a copy
_conj_physical.default(Tensor self) -> Tensor  # complex conjugate, a copy
complex.default(Tensor real, Tensor imag) -> Tensor  # real + imag * i
polar.default(Tensor abs, Tensor angle) -> Tensor  # abs * (cos(angle) + sin(angle) * i)
"""
