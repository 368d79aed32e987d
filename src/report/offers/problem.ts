// Why nothing is proposed, where it is not GitHub that refuses.

/** Thrown where this action itself refuses to propose something; `hint` says what to do. */
export class OfferProblem extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'OfferProblem';
    this.hint = hint;
  }
}
