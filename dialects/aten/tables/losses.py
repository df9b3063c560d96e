"""Losses and their gradients."""

FACTS = ""

ROWS = """
mse_loss.default(Tensor self, Tensor target, int reduction=1) -> Tensor  # (self - target)**2, reduced
l1_loss.default(Tensor self, Tensor target, int reduction=1) -> Tensor  # |self - target|, reduced
smooth_l1_loss.default(Tensor self, Tensor target, int reduction=1, float beta=1.) -> Tensor  # quadratic below beta, linear above, reduced
huber_loss.default(Tensor self, Tensor target, int reduction=1, float delta=1.) -> Tensor  # quadratic below delta, linear above, reduced
soft_margin_loss.default(Tensor self, Tensor target, int reduction=1) -> Tensor  # log(1 + e**(-target * self)), reduced
kl_div.default(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor  # target * (log(target) - self), reduced
binary_cross_entropy.default(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor  # -weight * (y log x + (1 - y) log(1 - x)), reduced
binary_cross_entropy_with_logits.default(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -> Tensor  # binary_cross_entropy of sigmoid(self)
nll_loss.default(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor  # -weight[target] * self[target], reduced
nll_loss_nd.default(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor  # -weight[target] * self[target], reduced
nll_loss_forward.default(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)  # (nll_loss, total weight)
nll_loss2d_forward.default(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)  # (nll_loss over images, total weight)
cross_entropy_loss.default(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor  # nll_loss of log_softmax
multi_margin_loss.default(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=1) -> Tensor  # multi-class hinge loss
multilabel_margin_loss_forward.default(Tensor self, Tensor target, int reduction) -> (Tensor output, Tensor is_target)  # (multi-label hinge loss, is_target)
_ctc_loss.default(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)  # (connectionist temporal classification loss, log alpha)
_ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)  # (connectionist temporal classification loss, log alpha)
_ctc_loss_backward.default(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor  # gradient of _ctc_loss
_ctc_loss_backward.Tensor(Tensor grad, Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor  # gradient of _ctc_loss
mse_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor  # gradient of mse_loss
smooth_l1_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, int reduction, float beta) -> Tensor  # gradient of smooth_l1_loss
huber_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, int reduction, float delta) -> Tensor  # gradient of huber_loss
soft_margin_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor  # gradient of soft_margin_loss
binary_cross_entropy_backward.default(Tensor grad_output, Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor  # gradient of binary_cross_entropy
nll_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight) -> Tensor  # gradient of nll_loss_forward
nll_loss2d_backward.default(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight) -> Tensor  # gradient of nll_loss2d_forward
multi_margin_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, Scalar p, Scalar margin, Tensor? weight=None, int reduction=1) -> Tensor  # gradient of multi_margin_loss
multilabel_margin_loss_backward.default(Tensor grad_output, Tensor self, Tensor target, int reduction, Tensor is_target) -> Tensor  # gradient of multilabel_margin_loss
"""
